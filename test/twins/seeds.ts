import type { Form, Step, Strategy } from './step.ts'

const form: Form = {
  image: 1,
  disk: null,
  affinity: null,
  tolerates: null,
  hostNetwork: false,
  note: '',
  isTooBig: false,
}
const rolling: Strategy = { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1, maxSurge: 0 } }
const surging: Strategy = { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: '100%' } }
const allAtOnce: Strategy = { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '100%', maxSurge: 0 } }
const join = (node: string): Step => ({ do: 'join', node, labels: {}, taints: [] })
const create = (strategy: Strategy = rolling, historyLimit = 10): Step & { do: 'create' } => ({
  do: 'create',
  daemonSet: 'd1',
  form,
  strategy,
  minReadySeconds: 0,
  historyLimit,
  selects: 'labels',
})
const change = (changed: Partial<Form>): Step => ({ do: 'change', daemonSet: 'd1', form: { ...form, ...changed } })
const d1 = { daemonSet: 'd1' } as const

/** A story that once differed: what it was, and the steps that show it. A seed alone would tell another story once more can happen. */
export type Former = { readonly seed: number; readonly was: string; readonly steps: readonly Step[] }

export const seeds: readonly Former[] = [
  {
    seed: 11,
    was: 'the present revision left the selector and was let go: Rollcall made no pod any more',
    steps: [
      join('n1'),
      join('n2'),
      create(),
      { do: 'editRevision', ...d1, number: 1, label: 'app', value: 'stray' },
      { do: 'deletePod', ...d1, node: 'n1' },
      change({ image: 2 }),
      change({}),
    ],
  },
  {
    seed: 15,
    was: 'while a revision that was let go is used, old ones without a hash got none from Rollcall',
    steps: [
      join('n1'),
      create(),
      change({ image: 2 }),
      { do: 'editRevision', ...d1, number: 2, label: 'app', value: 'stray' },
      { do: 'editRevision', ...d1, number: 1, label: 'controller-revision-hash', value: null },
      { do: 'poke', value: 'once' },
    ],
  },
  {
    seed: 37,
    was: 'a DaemonSet that was orphaned and made again: Rollcall cleaned up a revision whose pods it was about to adopt',
    steps: [
      join('n1'),
      join('n2'),
      create({ type: 'OnDelete' }),
      change({ image: 2 }),
      { do: 'evict', ...d1, node: 'n2' },
      { do: 'remove', ...d1, propagation: 'Orphan' },
      create({ type: 'OnDelete' }, 0),
    ],
  },
  {
    seed: 12,
    was: 'a rollback to a template with two revisions (differences.md#duplicate-revisions)',
    steps: [
      join('n1'),
      join('n2'),
      create(),
      { do: 'copyRevision', ...d1, number: 1, name: 'copy', to: 2, isOwned: true, hash: 'other' },
      change({ image: 2 }),
      { do: 'undo', ...d1, to: null },
      { do: 'strategy', ...d1, strategy: allAtOnce },
      change({ image: 3 }),
    ],
  },
  {
    seed: 19,
    was: 'a rollout that stands still has reached other nodes (differences.md#update-order)',
    steps: [
      join('n1'),
      join('n2'),
      join('n3'),
      create(),
      change({ isTooBig: true }),
      { do: 'undo', ...d1, to: null },
      change({ image: 2 }),
    ],
  },
  {
    seed: 2,
    was: 'a rollback to a template that fits nowhere has reached other nodes (differences.md#update-order)',
    steps: [
      join('n1'),
      join('n2'),
      join('n3'),
      create(),
      change({ isTooBig: true }),
      change({ image: 2 }),
      { do: 'undo', ...d1, to: 2 },
      { do: 'undo', ...d1, to: null },
      change({ image: 3 }),
    ],
  },
  {
    seed: 52,
    was: 'a surge to a template with two revisions passed all pods over (differences.md#duplicate-revisions)',
    steps: [
      join('n1'),
      join('n2'),
      create(surging),
      change({ isTooBig: true }),
      { do: 'undo', ...d1, to: null },
      { do: 'copyRevision', ...d1, number: 2, name: 'copy', to: 5, isOwned: true, hash: 'same' },
      { do: 'poke', value: 'once' },
      { do: 'undo', ...d1, to: null },
      { do: 'undo', ...d1, to: null },
      { do: 'strategy', ...d1, strategy: allAtOnce },
      change({ image: 3 }),
    ],
  },
  {
    seed: 112,
    was: 'the same, and a pod stayed where none should run any more',
    steps: [
      join('n1'),
      join('n2'),
      create(surging),
      change({ tolerates: 'everything' }),
      { do: 'copyRevision', ...d1, number: 1, name: 'copy', to: 5, isOwned: true, hash: 'other' },
      { do: 'poke', value: 'once' },
      { do: 'taint', node: 'n2', taints: [{ key: 'soft', value: 'yes', effect: 'NoSchedule' }] },
      { do: 'undo', ...d1, to: null },
      { do: 'taint', node: 'n2', taints: [] },
      { do: 'strategy', ...d1, strategy: allAtOnce },
      change({ image: 3 }),
    ],
  },
  {
    seed: 38,
    was: 'a copy of an old revision with the highest number had the present one renumbered by whoever woke first',
    steps: [
      join('n1'),
      create(),
      change({ image: 2 }),
      { do: 'copyRevision', ...d1, number: 1, name: 'copy', to: 5, isOwned: true, hash: 'same' },
      { do: 'poke', value: 'once' },
      { do: 'undo', ...d1, to: null },
    ],
  },
  {
    seed: 156,
    was: 'a copy of an old revision that nothing woke Rollcall for stayed there, beyond the limit (differences.md#duplicate-wake)',
    steps: [
      join('n1'),
      create(surging, 1),
      change({ image: 2 }),
      { do: 'copyRevision', ...d1, number: 1, name: 'copy', to: 9, isOwned: true, hash: 'other' },
      { do: 'poke', value: 'once' },
      change({ image: 3 }),
    ],
  },
  {
    seed: 83,
    was: 'two pods of one second that nobody owns any more were told apart by their random names',
    steps: [
      create(),
      { ...create(), daemonSet: 'd2' },
      join('n1'),
      { do: 'remove', ...d1, propagation: 'Orphan' },
      { do: 'remove', daemonSet: 'd2', propagation: 'Orphan' },
    ],
  },
  {
    seed: 219,
    was: 'two pods that strayed from one DaemonSet were told apart by hashes that are not the same on both sides',
    steps: [
      join('n1'),
      create(),
      { do: 'stray', ...d1, node: 'n1' },
      change({ image: 2 }),
      { do: 'stray', ...d1, node: 'n1' },
    ],
  },
  {
    seed: 25,
    was: 'a rollback after a rollout that stood still kept a pod on the side that had not replaced it (differences.md#update-order)',
    steps: [
      join('n2'),
      join('n3'),
      create(),
      { do: 'editRevision', ...d1, number: 1, label: 'controller-revision-hash', value: null },
      join('n1'),
      change({ isTooBig: true }),
      { do: 'undo', ...d1, to: null },
      change({ image: 3 }),
    ],
  },
  {
    seed: 200,
    was: 'a rollout that stood still had left a pod without hash on one side: there another revision was over the limit (clean-up-order.ts)',
    steps: [
      join('n1'),
      join('n2'),
      create(rolling, 1),
      { do: 'editPod', ...d1, node: 'n2', label: 'controller-revision-hash', value: null },
      change({ isTooBig: true }),
      change({ note: '6' }),
      change({ note: '7' }),
    ],
  },
  {
    seed: 186,
    was: 'two revisions lost their last pods in one rollout: which was over the limit depended on which pod ended first (clean-up-order.ts)',
    steps: [
      join('n1'),
      create(),
      { do: 'remove', ...d1, propagation: 'Orphan' },
      join('n2'),
      { ...create(surging, 0), form: { ...form, image: 3 } },
      { do: 'history', ...d1, limit: 1 },
      change({ image: 2 }),
      change({ image: 4 }),
    ],
  },
]
