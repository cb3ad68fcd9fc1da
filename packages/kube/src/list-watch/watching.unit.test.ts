import { describe, expect, it } from 'vitest'
import { fakeListWatch, listOf, object, status } from '../testing/fake-watch.ts'
import { relist, useListWatch } from '../testing/list-watch-harness.ts'

const h = useListWatch()

describe('watching', () => {
  const cluster = () => {
    const fake = fakeListWatch(() => ({ body: listOf('10', ['a']) }))
    h.server.answer(fake.answer)
    return fake
  }

  it('a watch that the server ends goes on where it stopped, bookmarks included', async () => {
    let version = '10'
    const fake = fakeListWatch(() => ({ body: listOf(version, ['a']) }))
    h.server.answer(fake.answer)
    const { take } = h.start()
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
    expect(h.waits).toEqual([])
  })

  it('410 inside the stream lists again', async () => {
    const fake = cluster()
    const { take } = h.start()
    await take(4)
    const pending = take(5)
    const watch = await fake.nextWatch()
    watch.send('ERROR', status(410, 'Expired'))
    expect(await pending).toEqual(['watchEnded: Expired', ...relist('10', 'a')])
    expect(h.waits).toEqual([])
  })

  it('410 when a stored position is continued lists; 410 again and again h.waits in between', async () => {
    const fake = cluster()
    fake.refuse(410, 'Gone', 3)
    const { take } = h.start({ resourceVersion: '5' })
    const round = ['watchEnded: Gone', ...relist('10', 'a')]
    expect(await take(16)).toEqual(['watchStarted 5', ...round, ...round, ...round])
    expect(h.waits).toEqual([1500, 3000])
  })

  it('a cut in the middle of an event loses nothing and tells nothing twice', async () => {
    let version = '10'
    const fake = fakeListWatch(() => ({ body: listOf(version, ['a']) }))
    h.server.answer(fake.answer)
    const { take } = h.start()
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
    const { take } = h.start({ silenceMsMax: 100 })
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
    await expect.poll(() => h.server.connections()).toBeLessThanOrEqual(2)
    second.send('ADDED', object('b', '11'))
    expect(await more).toEqual(['reachable', 'added b'])
  })

  it('a slow consumer is not silence', async () => {
    const fake = cluster()
    const { take } = h.start()
    await take(4)
    const pending = take(1)
    const watch = await fake.nextWatch()
    expect(h.listening).toBe(1)
    watch.send('ADDED', object('b', '11'))
    await pending
    expect(h.listening).toBe(0)
  })

  it('a server that restarts is found again, and connections do not pile up', async () => {
    const fake = cluster()
    const { take } = h.start()
    await take(4)
    for (let round = 0; round < 5; round++) {
      const pending = take(round === 0 ? 1 : 2)
      const watch = await fake.nextWatch()
      watch.send('MODIFIED', object('a', '10'))
      await expect.poll(() => h.server.seen.length).toBeGreaterThan(0)
      expect(await pending).toContain('changed a')
      const trouble = take(3)
      await h.server.stop()
      await expect.poll(() => h.waits.length).toBeGreaterThan(1)
      await h.server.start()
      expect(await trouble).toEqual([
        expect.stringMatching(/watchEnded: .*cut/),
        expect.stringMatching(/unreachable: .*ECONNREFUSED/),
        'reachable',
      ])
      h.waits = []
    }
    expect(h.server.connections()).toBeLessThanOrEqual(3)
  })

  it('a right that is missing for the watch alone does not flap', async () => {
    const fake = cluster()
    fake.refuse(403, 'Forbidden', 3)
    const { take } = h.start()
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
    expect(h.waits).toEqual([750, 1500, 3000])
  })

  it('watches that end at once, every time, are backed off from and told once', async () => {
    const fake = cluster()
    const { take } = h.start()
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
    expect(h.waits).toEqual([750, 1500, 3000])
  })

  it('its end by the signal is quiet and closes the connection', async () => {
    const fake = cluster()
    const { take } = h.start()
    await take(4)
    const pending = take(1)
    const watch = await fake.nextWatch()
    const closed = new Promise(resolve => watch.response.on('close', resolve))
    h.stop.abort()
    expect(await pending).toEqual(['end'])
    await closed
  })

  it('a consumer that leaves closes the connection', async () => {
    const fake = cluster()
    const { take, events } = h.start()
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
    const { take } = h.start()
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
