import { expect, test } from 'vitest'
import { answersOf } from './support/roll-call.ts'
import { withFleet } from './support/with-fleet.ts'

// What a DaemonSet can ask of its placement (docs/annotations.md), each as one story of a whole fleet.

test('a creation rate: a new DaemonSet comes up evenly, and never faster', async () => {
  const { time, fleet, east, apply, everywhere, doubles } = await withFleet({}, 12)
  const made: number[] = []
  east.store.watch('pods', east.store.resourceVersion(), ({ type }) => {
    if (type === 'ADDED') made.push(time.clock.now())
  })
  apply({ name: 'agent', annotations: { 'rollcall.dev/creation-rate': '30/m' } })
  await everywhere('agent')
  expect(answersOf(east, 'agent')).toHaveLength(12)
  const [first = 0] = made
  expect((made.at(-1) ?? 0) - first).toBeGreaterThanOrEqual(22_000)
  expect((made.at(-1) ?? 0) - first).toBeLessThan(24_000)
  for (const from of made) expect(made.filter(at => at >= from && at < from + 60_000).length).toBeLessThanOrEqual(31)
  expect(doubles).toEqual([])
  expect(fleet.complaints()).toEqual([])
  await fleet.stop()
})
