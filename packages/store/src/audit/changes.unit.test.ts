import type { Event, NodeFacts } from '@rollcall/contracts'
import { expect, test } from 'vitest'
import { nodeFacts } from '../testing/fixtures.ts'
import { changesBetween } from './changes.ts'

const seen = (over: Partial<NodeFacts> = {}): Event => ({
  type: 'NodeObserved',
  cluster: 'c',
  at: 0,
  node: nodeFacts('n1', over),
  by: null,
})
const labels = { 'kubernetes.io/hostname': 'n1', 'kubernetes.io/os': 'linux' }

test('a sight that differs in its resourceVersion only changed nothing', () => {
  expect(changesBetween(seen(), seen({ resourceVersion: '101' }))).toEqual([])
})

test('each member that differs is told by its path', () => {
  const after = seen({
    labels: { ...labels, disk: 'ssd', 'kubernetes.io/os': 'windows' },
    taints: [{ key: 'gpu', value: '', effect: 'NoSchedule' }],
    conditions: [{ type: 'Ready', status: 'False', since: 5 }],
    unschedulable: true,
  })
  const before = seen({ labels: { ...labels, old: 'x' }, conditions: [{ type: 'Ready', status: 'True', since: 1 }] })
  expect(changesBetween(before, after)).toEqual([
    { path: 'labels[kubernetes.io/os]', before: 'linux', after: 'windows' },
    { path: 'labels.old', before: 'x', after: null },
    { path: 'labels.disk', before: null, after: 'ssd' },
    { path: 'taints', before: [], after: [{ key: 'gpu', value: '', effect: 'NoSchedule' }] },
    { path: 'unschedulable', before: false, after: true },
    { path: 'conditions.Ready.status', before: 'True', after: 'False' },
    { path: 'conditions.Ready.since', before: 1, after: 5 },
  ])
})

test('there is nothing to compare with before the first sight, after an end, and in another object of the name', () => {
  const gone: Event = { type: 'NodeGone', cluster: 'c', at: 0, name: 'n1', uid: 'node-n1', resourceVersion: '1' }
  expect(changesBetween(null, seen())).toBe(null)
  expect(changesBetween(gone, seen())).toBe(null)
  expect(changesBetween(seen(), gone)).toBe(null)
  expect(changesBetween(seen({ uid: 'another' }), seen())).toBe(null)
})
