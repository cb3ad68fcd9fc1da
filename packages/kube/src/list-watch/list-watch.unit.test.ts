import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type ClusterApi, type KubeObject, UnreachableError } from '../cluster-api.ts'
import { connectClusters } from '../connect.ts'
import { systemClock, systemTimers, type Timers } from '../ports.ts'
import { type FakeServer, startFakeServer } from '../testing/fake-server.ts'
import { fakeListWatch, listOf, object, status } from '../testing/fake-watch.ts'
import { type ListWatchEvent, type ListWatchOptions, listWatch } from './index.ts'

let server: FakeServer
let api: ClusterApi
let stop: AbortController
/** Waits the list-watch asked for, other than the dead-man timer's. */
let waits: number[]
/** Dead-man timers armed now. */
let listening: number

beforeEach(async () => {
  server = await startFakeServer(() => undefined)
  api = connectClusters([{ file: server.kubeconfig }])[0] as ClusterApi
  stop = new AbortController()
  waits = []
  listening = 0
})
afterEach(async () => {
  stop.abort()
  await api.close()
  await server.close()
})

/** Back-offs pass at once and are written down; the dead-man timer runs in real time when it is short. */
const timers: Timers = {
  after(ms, run) {
    if (ms >= 10_000) {
      listening += 1
      return () => {
        listening -= 1
      }
    }
    if (ms < 250) return systemTimers.after(ms, run)
    waits.push(ms)
    return systemTimers.after(0, run)
  },
}

function start(options: Partial<ListWatchOptions> = {}) {
  const events = listWatch(api, 'Node', {
    clock: systemClock,
    timers,
    random: () => 0.5,
    signal: stop.signal,
    resourceVersion: null,
    backOff: { firstMs: 1000, msMax: 8000 },
    ...options,
  })
  return {
    events,
    async take(count: number): Promise<string[]> {
      const taken: string[] = []
      while (taken.length < count) {
        const next = await events.next()
        if (next.done) return [...taken, 'end']
        taken.push(told(next.value))
      }
      return taken
    },
  }
}

function told(event: ListWatchEvent): string {
  const nameOf = (it: KubeObject) => String((it.metadata as KubeObject).name)
  switch (event.type) {
    case 'relistStarted':
      return event.historyReset ? 'relistStarted (history reset)' : 'relistStarted'
    case 'page':
      return `page ${event.objects.map(nameOf).join(',')}`
    case 'relistCompleted':
    case 'watchStarted':
    case 'progressed':
      return `${event.type} ${event.resourceVersion}`
    case 'put':
      return `${event.added ? 'added' : 'changed'} ${nameOf(event.object)}`
    case 'gone':
      return `gone ${nameOf(event.object)}`
    case 'watchEnded':
      return event.error === null ? 'watchEnded' : `watchEnded: ${event.error.message.replace(/^.*: /, '')}`
    case 'unreachable':
      return `unreachable: ${event.error.message.replace(/^.*reached: /, '')}`
    case 'reachable':
      return 'reachable'
  }
}

const relist = (version: string, names: string) => [
  'relistStarted',
  `page ${names}`,
  `relistCompleted ${version}`,
  `watchStarted ${version}`,
]

describe('listing', () => {
  it('reads pages of the size asked for, then watches from the resourceVersion of the list', async () => {
    const limits: number[] = []
    const cluster = fakeListWatch(({ limit, next }) => {
      limits.push(limit)
      return { body: next === null ? listOf('10', ['a', 'b'], 'more') : listOf('10', ['c']) }
    })
    server.answer(cluster.answer)
    const { take } = start({ pageSize: 2 })
    expect(await take(5)).toEqual(['relistStarted', 'page a,b', 'page c', 'relistCompleted 10', 'watchStarted 10'])
    const pending = take(3)
    const watch = await cluster.nextWatch()
    expect(watch.resourceVersion).toBe('10')
    expect(watch.query.get('allowWatchBookmarks')).toBe('true')
    expect(watch.query.get('timeoutSeconds')).toBe('450')
    watch.send('ADDED', object('d', '11'))
    watch.send('MODIFIED', object('a', '12'))
    watch.send('DELETED', object('b', '13'))
    expect(await pending).toEqual(['added d', 'changed a', 'gone b'])
    expect(limits).toEqual([2, 2])
  })

  it('a page token that expired starts the list anew', async () => {
    let failures = 1
    const cluster = fakeListWatch(({ next }) => {
      if (next === null) return { body: listOf('10', ['a'], 'more') }
      if (failures-- > 0) return { status: 410, body: status(410, 'Expired') }
      return { body: listOf('10', ['b']) }
    })
    server.answer(cluster.answer)
    expect(await start().take(6)).toEqual([
      'relistStarted',
      'page a',
      'relistStarted',
      'page a',
      'page b',
      'relistCompleted 10',
    ])
    expect(waits).toEqual([])
  })

  it('waits longer after each failure, as long as asked after 429, and says trouble and its end once', async () => {
    const replies = [
      { status: 500, body: status(500, 'InternalError') },
      { status: 500, body: status(500, 'InternalError') },
      { status: 429, body: status(429, 'TooManyRequests'), headers: { 'retry-after': '7' } },
      { status: 503, body: status(503, 'ServiceUnavailable') },
      { status: 503, body: status(503, 'ServiceUnavailable') },
    ]
    server.answer(fakeListWatch(() => replies.shift() ?? { body: listOf('10', ['a']) }).answer)
    expect(await start().take(4)).toEqual(['unreachable: InternalError', 'reachable', 'relistStarted', 'page a'])
    expect(waits).toEqual([750, 1500, 7000, 6000, 6000])
  })
})

describe('watching', () => {
  const cluster = () => {
    const fake = fakeListWatch(() => ({ body: listOf('10', ['a']) }))
    server.answer(fake.answer)
    return fake
  }

  it('a watch that the server ends goes on where it stopped, bookmarks included', async () => {
    let version = '10'
    const fake = fakeListWatch(() => ({ body: listOf(version, ['a']) }))
    server.answer(fake.answer)
    const { take } = start()
    expect(await take(4)).toEqual(relist('10', 'a'))
    const pending = take(4)
    const first = await fake.nextWatch()
    first.send('ADDED', object('b', '11'))
    first.send('BOOKMARK', object('', '20'))
    version = '20'
    first.end()
    expect(await pending).toEqual(['added b', 'progressed 20', 'watchEnded', 'watchStarted 20'])
    const more = take(1)
    const second = await fake.nextWatch()
    expect(second.resourceVersion).toBe('20')
    second.send('ADDED', object('c', '21'))
    expect(await more).toEqual(['added c'])
    expect(waits).toEqual([])
  })

  it('410 inside the stream lists again', async () => {
    const fake = cluster()
    const { take } = start()
    await take(4)
    const pending = take(5)
    const watch = await fake.nextWatch()
    watch.send('ERROR', status(410, 'Expired'))
    expect(await pending).toEqual(['watchEnded: Expired', ...relist('10', 'a')])
    expect(waits).toEqual([])
  })

  it('410 when a stored position is continued lists; 410 again and again waits in between', async () => {
    const fake = cluster()
    fake.refuse(410, 'Gone', 3)
    const { take } = start({ resourceVersion: '5' })
    const round = ['watchEnded: Gone', ...relist('10', 'a')]
    expect(await take(16)).toEqual(['watchStarted 5', ...round, ...round, ...round])
    expect(waits).toEqual([1500, 3000])
  })

  it('a cut in the middle of an event loses nothing and tells nothing twice', async () => {
    let version = '10'
    const fake = fakeListWatch(() => ({ body: listOf(version, ['a']) }))
    server.answer(fake.answer)
    const { take } = start()
    await take(4)
    const pending = take(3)
    const first = await fake.nextWatch()
    first.send('ADDED', object('b', '11'))
    first.response.write('{"type":"ADDED","object":{"metadata":{"name":"c","resourceV')
    version = '12'
    first.end()
    expect(await pending).toEqual([
      'added b',
      expect.stringMatching(/watchEnded: .*cut in the middle of an event/),
      'watchStarted 11',
    ])
    const more = take(1)
    const second = await fake.nextWatch()
    expect(second.resourceVersion).toBe('11')
    second.send('ADDED', object('c', '12'))
    expect(await more).toEqual(['added c'])
  })

  it('a half-open connection that says nothing is given up and opened again', async () => {
    const fake = cluster()
    const { take } = start({ silenceMsMax: 100 })
    await take(4)
    const pending = take(3)
    await fake.nextWatch()
    expect(await pending).toEqual([
      expect.stringMatching(/watchEnded: .*said nothing for/),
      expect.stringMatching(/unreachable: .*said nothing for/),
      'watchStarted 10',
    ])
    const more = take(2)
    const second = await fake.nextWatch()
    await expect.poll(() => server.connections()).toBeLessThanOrEqual(2)
    second.send('ADDED', object('b', '11'))
    expect(await more).toEqual(['reachable', 'added b'])
  })

  it('a slow consumer is not silence', async () => {
    const fake = cluster()
    const { take } = start()
    await take(4)
    const pending = take(1)
    const watch = await fake.nextWatch()
    expect(listening).toBe(1)
    watch.send('ADDED', object('b', '11'))
    await pending
    expect(listening).toBe(0)
  })

  it('a server that restarts is found again, and connections do not pile up', async () => {
    const fake = cluster()
    const { take } = start()
    await take(4)
    for (let round = 0; round < 5; round++) {
      const pending = take(round === 0 ? 1 : 2)
      const watch = await fake.nextWatch()
      watch.send('MODIFIED', object('a', '10'))
      await expect.poll(() => server.seen.length).toBeGreaterThan(0)
      expect(await pending).toContain('changed a')
      const trouble = take(3)
      await server.stop()
      await expect.poll(() => waits.length).toBeGreaterThan(1)
      await server.start()
      expect(await trouble).toEqual([
        expect.stringMatching(/watchEnded: .*cut/),
        expect.stringMatching(/unreachable: .*ECONNREFUSED/),
        'reachable',
      ])
      waits = []
    }
    expect(server.connections()).toBeLessThanOrEqual(3)
  })

  it('a right that is missing for the watch alone does not flap', async () => {
    const fake = cluster()
    fake.refuse(403, 'Forbidden', 3)
    const { take } = start()
    await take(4)
    expect(await take(2)).toEqual(['watchEnded: Forbidden', 'unreachable: Forbidden'])
    const pending = take(7)
    const watch = await fake.nextWatch()
    watch.send('ADDED', object('b', '11'))
    expect(await pending).toEqual([
      'watchStarted 10',
      'watchEnded: Forbidden',
      'watchStarted 10',
      'watchEnded: Forbidden',
      'watchStarted 10',
      'reachable',
      'added b',
    ])
    expect(waits).toEqual([750, 1500, 3000])
  })

  it('watches that end at once, every time, are backed off from and told once', async () => {
    const fake = cluster()
    const { take } = start()
    await take(4)
    for (let round = 0; round < 3; round++) {
      const pending = take(round === 0 ? 3 : 2)
      ;(await fake.nextWatch()).end()
      expect(await pending).toEqual([
        'watchEnded',
        ...(round === 0 ? [expect.stringMatching(/ends every watch of Node at once/)] : []),
        'watchStarted 10',
      ])
    }
    expect(waits).toEqual([750, 1500, 3000])
  })

  it('its end by the signal is quiet and closes the connection', async () => {
    const fake = cluster()
    const { take } = start()
    await take(4)
    const pending = take(1)
    const watch = await fake.nextWatch()
    const closed = new Promise(resolve => watch.response.on('close', resolve))
    stop.abort()
    expect(await pending).toEqual(['end'])
    await closed
  })

  it('a consumer that leaves closes the connection', async () => {
    const fake = cluster()
    const { take, events } = start()
    await take(4)
    const pending = take(1)
    const watch = await fake.nextWatch()
    watch.send('ADDED', object('b', '11'))
    await pending
    const closed = new Promise(resolve => watch.response.on('close', resolve))
    await events.return()
    await closed
  })

  it('a consumer that does not read stops the server from sending', async () => {
    const fake = cluster()
    const { take } = start()
    await take(4)
    const pending = take(1)
    const watch = await fake.nextWatch()
    const big = 'x'.repeat(100_000)
    let sent = 0
    let version = 11
    const pump = () => {
      while (sent < 1000) {
        sent += 1
        const more = watch.response.write(
          `${JSON.stringify({ type: 'ADDED', object: { metadata: { name: 'n', resourceVersion: String(version++) }, big } })}\n`,
        )
        if (!more) return watch.response.once('drain', pump)
      }
    }
    pump()
    await pending
    let before = 0
    const isStuck = () => {
      const isStill = before === sent && watch.response.writableNeedDrain
      before = sent
      return isStill
    }
    await expect.poll(isStuck, { interval: 50 }).toBe(true)
    expect(sent).toBeLessThan(300)
    expect(await take(999)).toHaveLength(999)
  })
})

describe('history that goes back', () => {
  it('is noticed before a watch is continued, and everything is listed', async () => {
    const fake = fakeListWatch(() => ({ body: listOf('40', ['a']) }))
    server.answer(fake.answer)
    expect(await start({ resourceVersion: '100' }).take(4)).toEqual([
      'relistStarted (history reset)',
      'page a',
      'relistCompleted 40',
      'watchStarted 40',
    ])
  })

  it('is remembered when history has overtaken by the time of the list', async () => {
    const versions = ['40', '120', '120']
    const fake = fakeListWatch(() => ({ body: listOf(versions.shift() ?? '120', ['a']) }))
    server.answer(fake.answer)
    const { take } = start({ resourceVersion: '100' })
    expect(await take(4)).toEqual([
      'relistStarted (history reset)',
      'page a',
      'relistCompleted 120',
      'watchStarted 120',
    ])
    const pending = take(5)
    ;(await fake.nextWatch()).send('ERROR', status(410, 'Expired'))
    expect(await pending).toEqual(['watchEnded: Expired', ...relist('120', 'a')])
  })

  it('is noticed inside a watch', async () => {
    const fake = fakeListWatch(() => ({ body: listOf('10', ['a']) }))
    server.answer(fake.answer)
    const { take } = start()
    await take(4)
    const pending = take(1)
    ;(await fake.nextWatch()).send('MODIFIED', object('a', '3'))
    expect(await pending).toEqual(['relistStarted (history reset)'])
  })
})

it('beforeConnect is asked before every connection, and its refusal is waited out', async () => {
  const fake = fakeListWatch(() => ({ body: listOf('10', ['a']) }))
  server.answer(fake.answer)
  let asked = 0
  const { take } = start({
    beforeConnect: async () => {
      asked += 1
      if (asked === 1) throw new UnreachableError('another cluster')
    },
  })
  expect(await take(3)).toEqual(['unreachable: another cluster', 'reachable', 'relistStarted'])
  expect(asked).toBe(2)
})
