import { afterEach, describe, expect, test } from 'vitest'
import { nodeObserved, relistCompleted, settled, watchProgressed } from './testing/events.ts'
import { createToyCore } from './testing/toy-core.ts'
import { createWorld, type World } from './testing/world.ts'

let world: World
afterEach(() => world.close())

const now = () => world.time.clock.now()

test('events become ledger rows, one decision, and commands in the log', async () => {
  world = await createWorld({})
  const member = await world.start('r1')
  await world.append(...world.nodes('c1', 3))
  await world.commanded(3)
  expect(await world.kinds('c1')).toEqual(['event 1', 'event 2', 'event 3', 'decision 3'])
  expect(world.commandedNodes()).toEqual(['c1/n1', 'c1/n2', 'c1/n3'])
  await world.until('the outbox is empty', async () => (await world.store.unpublishedCommands(['c1'])).length === 0)
  expect(member.said()).toEqual([])
  expect(member.partitions()).toEqual([{ partition: 0, epoch: 1, streams: 1 }])
  expect([member.checks.log(), await member.checks.store(), member.checks.streams()]).toEqual([null, null, null])
})

test('two clusters in one batch are two streams', async () => {
  world = await createWorld({})
  await world.append(...world.nodes('c1', 2), ...world.nodes('c2', 1), ...world.nodes('c1', 1, 3))
  const member = await world.start('r1')
  await world.commanded(4)
  expect(await world.kinds('c1')).toEqual(['event 1', 'event 2', 'event 3', 'decision 3'])
  expect(await world.kinds('c2')).toEqual(['event 1', 'decision 1'])
  expect(member.said()).toEqual([])
})

test('a redelivered event folds to nothing', async () => {
  world = await createWorld({})
  await world.start('r1')
  await world.append(...world.nodes('c1', 2))
  await world.commanded(2)
  await world.append(...world.nodes('c1', 2), ...world.nodes('c1', 1, 3))
  await world.commanded(3)
  expect(await world.kinds('c1')).toEqual(['event 1', 'event 2', 'decision 2', 'event 3', 'decision 3'])
})

test('a bounded decision is followed by the rest without a new event', async () => {
  world = await createWorld({ core: createToyCore({ commandsMax: 2 }), settings: { decisionPointsPerCommitMax: 2 } })
  const member = await world.start('r1')
  await world.append(...world.nodes('c1', 9))
  await world.commanded(9)
  expect((await world.kinds('c1')).slice(8)).toEqual(['event 9', ...Array.from({ length: 5 }, () => 'decision 9')])
  expect(member.said()).toEqual([])
})

test('what cannot be read is a dead letter, and the stream goes on', async () => {
  world = await createWorld({})
  const member = await world.start('r1')
  await world.appendRaw('c1', '{"type":"NodeDreamt","v":1}')
  await world.appendRaw('c2', JSON.stringify({ ...world.nodes('c1', 1)[0], v: 1 }))
  await world.append(...world.nodes('c1', 1))
  await world.commanded(1)
  expect(await world.kinds('c1')).toEqual(['event 1', 'decision 1'])
  expect(member.said().map(line => line.slice(0, 40))).toEqual([
    'dead letter: unknown record type "NodeDr',
    'dead letter: an event of cluster c1 unde',
  ])
})

describe('another owner', () => {
  test('publishes what a crash left between commit and publishing', async () => {
    world = await createWorld({})
    const first = await world.start('r1')
    first.faults.noPublishing = true
    await world.append(...world.nodes('c1', 2))
    await world.until('the commands are committed', async () => (await world.kinds('c1')).includes('decision 2'))
    first.crash()
    expect(world.commands).toEqual([])
    const second = await world.start('r2')
    await world.commanded(2)
    expect(world.commandedNodes()).toEqual(['c1/n1', 'c1/n2'])
    expect(second.said()).toEqual([])
  })

  test('continues from snapshot and ledger with the same state', async () => {
    world = await createWorld({ settings: { snapshotEvery: 5, snapshotShareMax: 1 } })
    const first = await world.start('r1')
    for (let from = 1; from <= 31; from += 3) {
      await world.append(...world.nodes('c1', 3, from))
      await world.commanded(from + 2)
    }
    first.crash()
    const history = await world.store.loadStream('c1')
    expect(history.snapshot?.position).toBeGreaterThan(20)
    await world.start('r2')
    await world.append(...world.commands.map(command => settled(command, now())))
    await world.until('all are settled', async () => (await world.ledger('c1')).filter(isSettled).length === 33)
  })

  test('folds nothing behind a graceful stop', async () => {
    world = await createWorld({})
    const first = await world.start('r1')
    await world.append(...world.nodes('c1', 3))
    await world.commanded(3)
    await first.stop()
    const { snapshot, entries } = await world.store.loadStream('c1')
    const behind: unknown[] = []
    for await (const entry of entries) behind.push(entry)
    expect([snapshot?.position, behind]).toEqual([3, []])
    expect(snapshot?.fingerprint).toBe(await world.refolded('c1'))
  })

  test('folds the whole ledger when the snapshot is not what it says', async () => {
    world = await createWorld({})
    const first = await world.start('r1')
    await world.append(...world.nodes('c1', 3))
    await world.commanded(3)
    await first.stop()
    const restore = world.core.restore.bind(world.core)
    world.core.restore = snapshot => restore({ ...(snapshot as object), overdue: 7 })
    const second = await world.start('r2')
    await world.append(...world.nodes('c1', 1, 4))
    await world.commanded(4)
    expect(second.said()).toContain(
      'the snapshot of c1 does not restore to what it was taken of: folding its whole ledger instead',
    )
    expect((await world.kinds('c1')).slice(-2)).toEqual(['event 4', 'decision 4'])
  })
})

const isSettled = (entry: Awaited<ReturnType<World['ledger']>>[number]) =>
  entry.kind === 'event' && entry.event.type === 'CommandSettled'

describe('time', () => {
  test('a decision is woken by a tick when its time has come, once', async () => {
    world = await createWorld({})
    const member = await world.start('r1')
    const at = now()
    await world.append(nodeObserved('c1', 'n1', 1, at))
    await world.commanded(1)
    await world.until('the tick came back', async () => (await world.ticks('c1')).length > 0)
    await world.time.advance(60_000)
    expect((await world.ticks('c1')).map(({ due }) => due)).toEqual([at + 10_000])
    expect((await world.kinds('c1')).slice(-2)).toEqual(['event 2', 'decision 2'])
    expect(member.said()).toEqual([])
  })

  test('a wake-up survives a restart without a new event, from a snapshot as from the ledger', async () => {
    for (const how of ['stop', 'crash'] as const) {
      world = await createWorld({})
      const first = await world.start('r1')
      await world.append(nodeObserved('c1', 'n1', 1, now()))
      await world.commanded(1)
      await first[how]()
      await world.time.advance(30_000)
      await world.start('r2')
      await world.until('the tick came back', async () => (await world.ticks('c1')).length > 0)
      await world.time.advance(60_000)
      expect(await world.ticks('c1')).toHaveLength(1)
      if (how === 'stop') await world.close()
    }
  })
})

describe('a defect of the core', () => {
  test('in one event sets that event aside, and the others go on', async () => {
    const core = createToyCore()
    core.faults.unfoldable.add('n2')
    world = await createWorld({ core })
    const member = await world.start('r1')
    await world.append(...world.nodes('c1', 3), ...world.nodes('c2', 1))
    await world.commanded(3)
    expect(world.commandedNodes()).toEqual(['c1/n1', 'c1/n3', 'c2/n1'])
    expect(await world.kinds('c1')).toEqual(['event 1', 'event 2', 'decision 2'])
    expect(member.said()).toContain(
      'the event of c1 at offset 1 could not be folded: Error: node n2 cannot be folded: set aside',
    )
  })

  test('in folding what is recorded sets the whole stream aside, says so, and leaves its neighbours alone', async () => {
    const core = createToyCore()
    world = await createWorld({ core })
    const first = await world.start('r1')
    await world.append(...world.nodes('c1', 2), ...world.nodes('c2', 1))
    await world.commanded(3)
    first.crash()
    core.faults.unfoldable.add('n2')
    const second = await world.start('r2')
    await world.append(...world.nodes('c1', 1, 3), ...world.nodes('c2', 1, 4))
    await world.until('c2 goes on', () => world.commandedNodes().includes('c2/n4'))
    expect(await world.kinds('c1')).toEqual(['event 1', 'event 2', 'decision 2'])
    const setAside = second.faults.committed.flatMap(({ deadLetters }) => deadLetters)
    expect(setAside.map(({ key, code }) => `${key} ${code}`)).toEqual(['c1 broken-stream'])
    expect(second.checks.streams()).toContain('stream c1 at position 2: the recorded event cannot be folded')
  })

  test('while committing starts over from the store: nothing is counted twice', async () => {
    const core = createToyCore()
    world = await createWorld({ core, settings: { snapshotEvery: 3, snapshotShareMax: 1 } })
    const member = await world.start('r1')
    const { snapshotOf } = core
    core.snapshotOf = () => {
      core.snapshotOf = snapshotOf
      throw new TypeError('it does not fit')
    }
    await world.append(...world.nodes('c1', 3))
    await world.commanded(3)
    expect(await world.kinds('c1')).toEqual(['event 1', 'event 2', 'event 3', 'decision 3'])
    expect(member.said()).toEqual(['batch broken off, tried again: it does not fit'])
  })

  test('in deciding leaves the stream recorded, the others decided, and is said; later it is decided', async () => {
    const core = createToyCore()
    core.faults.undecidable.add('n2')
    world = await createWorld({ core })
    const member = await world.start('r1')
    await world.append(...world.nodes('c1', 3), ...world.nodes('c2', 1))
    await world.commanded(1)
    expect(world.commandedNodes()).toEqual(['c2/n1'])
    expect(await world.kinds('c1')).toEqual(['event 1', 'event 2', 'event 3'])
    expect(member.checks.streams()).toBe('stream c1 cannot be decided at position 3: Error: node n2 cannot be decided')
    core.faults.undecidable.clear()
    await world.commanded(4)
    expect(member.checks.streams()).toBe(null)
  })
})

test('watch positions reach the store, also from events that fold to nothing', async () => {
  world = await createWorld({})
  await world.start('r1')
  await world.append(relistCompleted('c1', 'Node', 100, now()), watchProgressed('c1', 'Pod', 120, now()))
  await world.until('they are stored', async () => (await world.store.watchPositions('c1')).size === 2)
  await world.append(...world.nodes('c1', 1, 130))
  await world.until('it moved', async () => (await world.store.watchPositions('c1')).get('Node') === '130')
  expect(await world.store.watchPositions('c1')).toEqual(
    new Map([
      ['Node', '130'],
      ['Pod', '120'],
    ]),
  )
})

test('a partition can be taken away while its store does not answer', async () => {
  world = await createWorld({})
  const member = await world.start('r1')
  member.faults.isDead = true
  await world.append(...world.nodes('c1', 1))
  await world.until('trouble is said', () => member.checks.streams() !== null)
  await member.stop()
  expect(member.partitions()).toEqual([])
  await world.start('r2')
  await world.commanded(1)
})

test('a commit that hangs does not keep a reconciler from stopping', async () => {
  world = await createWorld({})
  const member = await world.start('r1')
  let isHanging = false
  member.faults.beforeCommit = () => {
    isHanging = true
    return new Promise(() => undefined)
  }
  await world.append(...world.nodes('c1', 1))
  await world.until('it hangs', () => isHanging)
  const before = world.time.clock.now()
  await member.stop()
  expect(world.time.clock.now() - before).toBeLessThan(11_000)
})

test('two reconcilers share the partitions, and hand them over without loss when one leaves', async () => {
  world = await createWorld({ partitions: 4 })
  const clusters = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']
  const first = await world.start('r1')
  await world.append(...clusters.flatMap(cluster => world.nodes(cluster, 2)))
  await world.commanded(16)
  const second = await world.start('r2')
  await world.until('they share', () => first.partitions().length === 2 && second.partitions().length === 2)
  await world.append(...clusters.flatMap(cluster => world.nodes(cluster, 2, 3)))
  await world.commanded(32)
  await first.stop()
  await world.until('the second has all', () => second.partitions().length === 4)
  await world.append(...clusters.flatMap(cluster => world.nodes(cluster, 2, 5)))
  await world.commanded(48)
  for (const cluster of clusters) {
    const events = (await world.ledger(cluster)).filter(({ kind }) => kind === 'event')
    expect(events.map(({ position }) => position)).toEqual([1, 2, 3, 4, 5, 6])
  }
  expect(new Set(world.commands.map(({ id }) => id)).size).toBe(48)
})
