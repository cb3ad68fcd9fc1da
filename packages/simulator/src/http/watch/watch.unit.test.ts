import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { expired } from '../../cluster/faults.ts'
import { daemonSet, daemonSets, type Served, served, type Watching } from '../testing/served.ts'

let server: Served

beforeEach(async () => {
  server = await served({ watchQueueMax: 50 })
})
afterEach(() => server.close())

const create = (name: string) => server.store.create('daemonsets', 'default', daemonSet(name))

async function types(watching: Watching, count: number): Promise<readonly (string | undefined)[]> {
  const lines = []
  for (let index = 0; index < count; index++) lines.push((await watching.next())?.type)
  return lines
}

describe('what a watch sends', () => {
  test('what is there, then what happens', async () => {
    create('a')
    const watching = await server.watch(`${daemonSets}?watch=1`)
    expect(watching.code).toBe(200)
    expect(await types(watching, 1)).toEqual(['ADDED'])
    server.store.change('daemonsets', 'default', 'a', present => ({
      ...present,
      metadata: { ...present.metadata, labels: { x: 'y' } },
    }))
    server.store.delete('daemonsets', 'default', 'a')
    expect(await types(watching, 2)).toEqual(['MODIFIED', 'DELETED'])
    watching.close()
  })

  test('only what came after a resourceVersion', async () => {
    create('a')
    const since = server.store.resourceVersion()
    create('b')
    const watching = await server.watch(`${daemonSets}?watch=1&resourceVersion=${since}`)
    expect(await watching.next()).toMatchObject({ type: 'ADDED', object: { metadata: { name: 'b' } } })
    watching.close()
  })

  test('410 inside the stream when the history is gone, and then the end', async () => {
    create('a')
    create('b')
    server.store.compact()
    const watching = await server.watch(`${daemonSets}?watch=1&resourceVersion=1`)
    expect(watching.code).toBe(200)
    expect(await watching.next()).toMatchObject({ type: 'ERROR', object: { code: 410, reason: 'Expired' } })
    expect(await watching.next()).toBeNull()
  })

  test('bookmarks every minute, if they are wanted', async () => {
    const watching = await server.watch(
      `${daemonSets}?watch=1&allowWatchBookmarks=true&resourceVersion=${server.store.resourceVersion()}`,
    )
    server.store.create('nodes', '', { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n' } })
    await server.time.advance(60_000)
    expect(await watching.next()).toMatchObject({
      type: 'BOOKMARK',
      object: { kind: 'DaemonSet', metadata: { resourceVersion: server.store.resourceVersion() } },
    })
    watching.close()
  })

  test('its end after the time that was asked for', async () => {
    const watching = await server.watch(`${daemonSets}?watch=1&timeoutSeconds=30`)
    await server.time.advance(30_000)
    expect(await watching.next()).toBeNull()
    expect(server.time.armed()).toBe(0)
  })

  test('columns in its first table only', async () => {
    create('a')
    create('b')
    const watching = await server.watch(`${daemonSets}?watch=1`, {
      accept: 'application/json;as=Table;v=v1;g=meta.k8s.io',
    })
    const [first, second] = [await watching.next(), await watching.next()]
    expect(first?.object.columnDefinitions).toHaveLength(11)
    expect(second?.object.columnDefinitions).toBeNull()
    watching.close()
  })
})

describe('a client that reads too slowly', () => {
  test('is cut off when too much waits, and others are not', async () => {
    const slow = await server.watch(`${daemonSets}?watch=1`)
    const quick = await server.watch(`${daemonSets}?watch=1`)
    slow.pause()
    const padding = 'x'.repeat(20_000)
    let seen = 0
    for (let index = 0; index < 2_000; index++) {
      const draft = daemonSet(`d${index}`)
      server.store.create('daemonsets', 'default', {
        ...draft,
        metadata: { ...draft.metadata, annotations: { padding } },
      })
      if ((await quick.next()) !== null) seen += 1
    }
    expect(seen).toBe(2_000)
    slow.resume()
    let got = 0
    while ((await slow.next()) !== null) got += 1
    expect(got).toBeLessThan(2_000)
    quick.close()
  })

  test('gets all that was there first, however much it is', async () => {
    for (let index = 0; index < 200; index++) create(`d${index}`)
    const watching = await server.watch(`${daemonSets}?watch=1`)
    expect(new Set(await types(watching, 200))).toEqual(new Set(['ADDED']))
    watching.close()
  })
})

describe('faults', () => {
  test('a watch that is cut ends without a word', async () => {
    const watching = await server.watch(`${daemonSets}?watch=1`)
    server.faults.cutWatches()
    expect(await watching.next()).toBeNull()
  })

  test('an expired watch says so inside the stream', async () => {
    server.faults.tell({ when: ({ verb }) => verb === 'watch', refuse: expired(), times: 1 })
    const watching = await server.watch(`${daemonSets}?watch=1&resourceVersion=1`)
    expect(await watching.next()).toMatchObject({ type: 'ERROR', object: { code: 410 } })
    expect(await watching.next()).toBeNull()
  })

  test('events come twice, and late, and in order', async () => {
    server.faults.set({ duplicateEvent: 1, lateEvent: 1, lateMsMax: 100 })
    const watching = await server.watch(`${daemonSets}?watch=1`)
    create('a')
    create('b')
    await server.time.advance(1_000)
    const names = []
    for (let index = 0; index < 4; index++) names.push((await watching.next())?.object.metadata.name)
    expect(names).toEqual(['a', 'a', 'b', 'b'])
    watching.close()
  })
})
