import { eventCodec, topics } from '@rollcall/contracts'
import { createMemoryEventLog } from '@rollcall/event-log'
import { expect, test } from 'vitest'
import { answersOf, readyOn } from './support/roll-call.ts'
import { withFleet } from './support/with-fleet.ts'

/** A whole fleet under virtual time: a pool of 200 nodes loses its label by mistake. */

const poolSize = 200
const pool = { pool: 'storage' }

async function withPool() {
  const world = await withFleet({}, poolSize + 40)
  const { east, fleet, time, apply, answersOn } = world
  const names = Array.from({ length: poolSize }, (_, index) => `n${index + 1}`)
  for (const name of names) east.labelNode(name, pool)
  apply({ name: 'storage', nodeSelector: pool })
  await answersOn('on the pool', () => [...names].sort(), 'storage')
  const before = uids(world)

  /** One node after the other, as `kubectl label nodes -l pool=storage pool-` does. */
  async function wipe(): Promise<void> {
    for (const name of names) {
      east.labelNode(name, { pool: null })
      await time.advance(20)
    }
  }
  const log = createMemoryEventLog({ broker: fleet.broker })
  let intents = 0
  async function ask(
    content: { type: 'HoldApproved'; seen: number | null } | { type: 'HoldRejected'; forMs: number | null },
  ): Promise<void> {
    const askedBy = { user: 'jane', via: 'test' }
    const intent = `i${intents++}`
    const event = { ...content, cluster: 'east', at: time.clock.now(), intent, askedBy, hold: hold().id }
    await log.append(topics.events, [{ key: 'east', value: eventCodec.encode(event) }])
    await time.until('the intent is on record', () =>
      [...fleet.store.tables.intents.values()].some(({ id }) => id === intent),
    )
  }
  const holds = () => [...fleet.store.tables.holds.values()]
  const hold = () => {
    const found = holds().at(-1)
    if (!found) throw new Error('nothing is held')
    return found
  }
  async function restartReconciler(): Promise<void> {
    await fleet.stopReconciler()
    await fleet.startReconciler()
  }
  return { ...world, names, before, wipe, ask, holds, hold, restartReconciler, uids: () => uids(world) }
}

const uids = ({ east }: Awaited<ReturnType<typeof withFleet>>): ReadonlyMap<string, string | undefined> =>
  new Map(answersOf(east, 'storage').map(([node, pod]) => [node, pod.metadata.uid]))

test('not one pod is deleted before approval, a restart in between changes nothing, and then all go', async () => {
  const { fleet, east, time, before, wipe, ask, hold, holds, restartReconciler, uids } = await withPool()
  await wipe()
  await time.advance(3_600_000)
  expect(uids()).toEqual(before)
  expect(readyOn(east, 'storage')).toHaveLength(poolSize)
  expect(holds()).toHaveLength(1)
  expect(hold()).toMatchObject({ state: 'open', facts: { nodes: poolSize, pods: poolSize, total: poolSize } })
  const warning = east.store.list('events', null).map(({ reason }) => reason)
  expect(warning).toContain('DeletionsHeld')

  await restartReconciler()
  await time.advance(3_600_000)
  expect(uids()).toEqual(before)
  expect(holds()).toHaveLength(1)

  await ask({ type: 'HoldApproved', seen: hold().position })
  await time.until('all pods have gone', () => answersOf(east, 'storage').length === 0)
  expect(hold().state).toBe('approved')
  await fleet.stop()
})

test('rejected, the pods stay through a restart; the label comes back, and nothing has happened', async () => {
  const { fleet, east, time, before, names, wipe, ask, hold, holds, restartReconciler, uids } = await withPool()
  await wipe()
  await time.until('it is held', () => holds().length > 0)
  await ask({ type: 'HoldRejected', forMs: 600_000 })
  await time.until('it is rejected', () => hold().state === 'rejected')
  await restartReconciler()
  await time.advance(500_000)
  expect(hold().state).toBe('rejected')
  await time.advance(200_000)
  expect(hold().state).toBe('open')
  expect(uids()).toEqual(before)
  for (const name of names) {
    east.labelNode(name, pool)
    await time.advance(20)
  }
  await time.until('the hold has dissolved', () => hold().state === 'dissolved')
  await time.advance(600_000)
  expect(uids()).toEqual(before)
  expect(holds()).toHaveLength(1)
  await fleet.stop()
})
