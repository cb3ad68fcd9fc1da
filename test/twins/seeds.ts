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
const join = (node: string): Step => ({ do: 'join', node, labels: {}, taints: [] })
const create = (strategy: Strategy = rolling, historyLimit = 10): Step => ({
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
      {
        do: 'strategy',
        ...d1,
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '100%', maxSurge: 0 } },
      },
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
]
