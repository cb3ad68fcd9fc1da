import { createRegistry } from '@rollcall/service'
import { expect, test } from 'vitest'
import { createReconcilerMetrics } from './metrics.ts'

test('every count has its series, with help', async () => {
  const registry = createRegistry({ service: 'reconciler', process: false })
  const metrics = createReconcilerMetrics(registry)
  metrics.batch(3, { records: 12, foldMs: 4, commitMs: 20, lagMs: 1_500 })
  metrics.folded('NodeObserved', 2)
  metrics.nothing('NodeObserved', 1)
  metrics.deadLetter('not-json')
  metrics.clockAhead(4)
  metrics.commanded('CreatePod', 5)
  metrics.unpublished(3, 7)
  metrics.held('north', 1, 200)
  const text = await registry.metrics()
  expect(text).toContain('rollcall_reconciler_events_total{type="NodeObserved",folded="yes",service="reconciler"} 2')
  expect(text).toContain('rollcall_reconciler_events_total{type="NodeObserved",folded="no",service="reconciler"} 1')
  expect(text).toContain('rollcall_reconciler_dead_letters_total{code="not-json",service="reconciler"} 1')
  expect(text).toContain('rollcall_reconciler_clock_ahead_total{service="reconciler"} 4')
  expect(text).toContain('rollcall_reconciler_commands_total{type="CreatePod",service="reconciler"} 5')
  expect(text).toContain('rollcall_reconciler_commands_unpublished{partition="3",service="reconciler"} 7')
  expect(text).toContain('rollcall_reconciler_holds_open{cluster="north",service="reconciler"} 1')
  expect(text).toContain('rollcall_reconciler_held_nodes{cluster="north",service="reconciler"} 200')
  expect(text).toContain('rollcall_reconciler_lag_seconds{partition="3",service="reconciler"} 1.5')
  expect(text.match(/^# HELP rollcall_reconciler_\w+ \S/gm)).toHaveLength(25)
})
