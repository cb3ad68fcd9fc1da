import { topics } from '@rollcall/contracts'
import { afterEach, expect, test } from 'vitest'
import { nodeObserved } from './testing/events.ts'
import { createToyCore } from './testing/toy-core.ts'
import { createWorld, type World } from './testing/world.ts'

/** What becomes of commits that fail, or whose answer is lost, or that another process forestalls. */

let world: World
afterEach(() => world.close())

const now = () => world.time.clock.now()

test.each(['lost', 'answer-lost', 'refused'] as const)('a commit that is %s happens exactly once', async fault => {
  world = await createWorld({})
  const member = await world.start('r1')
  member.faults.commits.push(fault)
  await world.append(...world.nodes('c1', 2))
  await world.commanded(2)
  await world.append(...world.nodes('c1', 2, 3))
  await world.commanded(4)
  const entries = await world.ledger('c1')
  expect(entries.filter(({ kind }) => kind === 'event').map(({ position }) => position)).toEqual([1, 2, 3, 4])
  expect(world.commandedNodes()).toEqual(['c1/n1', 'c1/n2', 'c1/n3', 'c1/n4'])
  expect(member.said()).toHaveLength(1)
  expect(member.checks.streams()).toBe(null)
})

test('a store that stays away is tried until it is back, and /readyz says so meanwhile', async () => {
  world = await createWorld({})
  const member = await world.start('r1')
  member.faults.commits.push(...Array.from({ length: 8 }, () => 'lost' as const))
  await world.append(...world.nodes('c1', 2))
  await world.until('trouble is said', () => member.checks.streams() !== null)
  expect(member.checks.streams()).toBe('partition 0 cannot be committed: the connection was cut')
  await world.commanded(2)
  expect(await world.kinds('c1')).toEqual(['event 1', 'event 2', 'decision 2'])
})

test.each(['lost', 'answer-lost'] as const)(
  'a decision without events that is %s is made exactly once',
  async fault => {
    world = await createWorld({
      core: createToyCore({ commandsMax: 2 }),
      settings: { decisionPointsPerCommitMax: 1 },
    })
    const member = await world.start('r1')
    member.faults.beforeCommit = async () => {
      member.faults.beforeCommit = null
      member.faults.commits.push(fault)
    }
    await world.append(...world.nodes('c1', 6))
    await world.commanded(6)
    expect((await world.kinds('c1')).slice(5)).toEqual(['event 6', 'decision 6', 'decision 6', 'decision 6'])
    expect(world.commandedNodes()).toEqual(['c1/n1', 'c1/n2', 'c1/n3', 'c1/n4', 'c1/n5', 'c1/n6'])
  },
)

test('starting over for one cluster forgets no wake-up of another', async () => {
  world = await createWorld({})
  const member = await world.start('r1')
  await world.append(nodeObserved('c1', 'n1', 1, now()))
  await world.commanded(1)
  member.faults.commits.push('refused')
  await world.append(...world.nodes('c2', 1))
  await world.commanded(2)
  await world.until('the tick of c1 came back', async () => (await world.ticks('c1')).length > 0)
})

test('a process that lost the epoch while the group still calls it the owner takes the partition back', async () => {
  world = await createWorld({})
  const member = await world.start('r1')
  await world.append(...world.nodes('c1', 2))
  await world.commanded(2)
  await world.store.takeOwnership('rollcall-reconciler', topics.events, 0, 'a late process')
  await world.append(...world.nodes('c1', 2, 3))
  await world.time.advance(5_000)
  expect(member.checks.streams()).toBe(
    'epoch 1 of rollcall.events/0 (rollcall-reconciler) is stale: another process holds epoch 2; taken back in 8 s if the group still says it is ours',
  )
  expect(member.partitions()[0]?.epoch).toBe(1)
  await world.commanded(4)
  expect(member.partitions()).toEqual([{ partition: 0, epoch: 3, streams: 1 }])
  expect((await world.ledger('c1')).filter(({ kind }) => kind === 'event')).toHaveLength(4)
})

test('what a late process committed meanwhile is neither lost nor done twice', async () => {
  world = await createWorld({})
  const first = await world.start('r1')
  await world.append(...world.nodes('c1', 2))
  await world.commanded(2)
  // The other one takes over in the very moment in which the first commits.
  first.faults.beforeCommit = async () => {
    first.faults.beforeCommit = null
    const { owner } = await world.store.takeOwnership('rollcall-reconciler', topics.events, 0, 'a late process')
    const deadLetter = { offset: 2n, key: 'c1', bytes: new Uint8Array(), code: 'not-json', reason: 'not JSON' }
    await world.store.commitBatch({ owner, nextOffset: 3n, streams: [], deadLetters: [deadLetter] })
  }
  await world.appendRaw('c1', '{')
  await world.append(...world.nodes('c1', 2, 3))
  await world.commanded(4)
  const events = (await world.ledger('c1')).filter(({ kind }) => kind === 'event')
  expect(events.map(({ position }) => position)).toEqual([1, 2, 3, 4])
  expect(first.faults.committed.flatMap(({ deadLetters }) => deadLetters)).toEqual([])
})
