import { describe, expect, it } from 'vitest'
import { UnreachableError } from '../cluster-api.ts'
import { fakeListWatch, listOf, object, status } from '../testing/fake-watch.ts'
import { relist, useListWatch } from '../testing/list-watch-harness.ts'

const h = useListWatch()

describe('listing', () => {
  it('reads pages of the size asked for, then watches from the resourceVersion of the list', async () => {
    const limits: number[] = []
    const cluster = fakeListWatch(({ limit, next }) => {
      limits.push(limit)
      return { body: next === null ? listOf('10', ['a', 'b'], 'more') : listOf('10', ['c']) }
    })
    h.server.answer(cluster.answer)
    const { take } = h.start({ pageSize: 2 })
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
    h.server.answer(cluster.answer)
    expect(await h.start().take(6)).toEqual([
      'relistStarted',
      'page a',
      'relistStarted',
      'page a',
      'page b',
      'relistCompleted 10',
    ])
    expect(h.waits).toEqual([])
  })

  it('h.waits longer after each failure, as long as asked after 429, and says trouble and its end once', async () => {
    const replies = [
      { status: 500, body: status(500, 'InternalError') },
      { status: 500, body: status(500, 'InternalError') },
      { status: 429, body: status(429, 'TooManyRequests'), headers: { 'retry-after': '7' } },
      { status: 503, body: status(503, 'ServiceUnavailable') },
      { status: 503, body: status(503, 'ServiceUnavailable') },
    ]
    h.server.answer(fakeListWatch(() => replies.shift() ?? { body: listOf('10', ['a']) }).answer)
    expect(await h.start().take(4)).toEqual(['unreachable: InternalError', 'reachable', 'relistStarted', 'page a'])
    expect(h.waits).toEqual([750, 1500, 7000, 6000, 6000])
  })
})

describe('history that goes back', () => {
  it('is noticed before a watch is continued, and everything is listed', async () => {
    const fake = fakeListWatch(() => ({ body: listOf('40', ['a']) }))
    h.server.answer(fake.answer)
    expect(await h.start({ resourceVersion: '100' }).take(4)).toEqual([
      'relistStarted (history reset)',
      'page a',
      'relistCompleted 40',
      'watchStarted 40',
    ])
  })

  it('is remembered when history has overtaken by the time of the list', async () => {
    const versions = ['40', '120', '120']
    const fake = fakeListWatch(() => ({ body: listOf(versions.shift() ?? '120', ['a']) }))
    h.server.answer(fake.answer)
    const { take } = h.start({ resourceVersion: '100' })
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
    h.server.answer(fake.answer)
    const { take } = h.start()
    await take(4)
    const pending = take(1)
    ;(await fake.nextWatch()).send('MODIFIED', object('a', '3'))
    expect(await pending).toEqual(['relistStarted (history reset)'])
  })
})

it('beforeConnect is asked before every connection, and its refusal is waited out', async () => {
  const fake = fakeListWatch(() => ({ body: listOf('10', ['a']) }))
  h.server.answer(fake.answer)
  let asked = 0
  const { take } = h.start({
    beforeConnect: async () => {
      asked += 1
      if (asked === 1) throw new UnreachableError('another cluster')
    },
  })
  expect(await take(3)).toEqual(['unreachable: another cluster', 'reachable', 'relistStarted'])
  expect(asked).toBe(2)
})
