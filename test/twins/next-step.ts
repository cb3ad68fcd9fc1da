import type { Random } from '../conformance/oracle/random.ts'
import { generationLabel, hashLabel, type Taint } from './objects.ts'
import type { Form, Step, Strategy } from './step.ts'
import type { World } from './world.ts'

const nodesMax = 5
const nodeNames = Array.from({ length: nodesMax }, (_, index) => `n${index + 1}`)
const daemonSetNames = ['d1', 'd2'] as const
const disks = ['ssd', 'hdd'] as const
const taints: readonly Taint[] = [
  { key: 'soft', value: 'yes', effect: 'NoSchedule' },
  { key: 'hard', value: 'yes', effect: 'NoExecute' },
  { key: 'hard', value: 'no', effect: 'NoExecute' },
  { key: 'rather-not', effect: 'PreferNoSchedule' },
]
const strategies: readonly Strategy[] = [
  { type: 'OnDelete' },
  ...(
    [
      [1, 0],
      [2, 0],
      ['50%', 0],
      ['100%', 0],
      [0, 1],
      [0, 2],
      [0, '34%'],
      ['0%', '100%'],
    ] as const
  ).map(
    ([maxUnavailable, maxSurge]): Strategy => ({
      type: 'RollingUpdate',
      rollingUpdate: { maxUnavailable, maxSurge },
    }),
  ),
]

const allAtOnce: Strategy = {
  type: 'RollingUpdate',
  rollingUpdate: { maxUnavailable: '100%', maxSurge: 0 },
}

type DaemonSetThere = World['daemonSets'][number]

/** A thing that may come next, `weight` times as often as one of weight 1; null: it cannot come now. */
type Idea = readonly [weight: number, make: () => Step | null]

/** What has been, as far as it matters. */
export type Past = {
  /** Tells the steps of a story apart. */
  readonly count: number
  /** DaemonSets whose pods are not the same on both sides, for an explained reason. */
  readonly uneven: readonly string[]
  /** The last thing that happened was that a revision was copied. */
  readonly isCopied: boolean
}

export function nextStep(random: Random, world: World, past: Past): Step {
  const { count } = past
  const must = duty(random, world, past)
  if (must !== null) return must
  const ideas = [
    ...nodeIdeas(random, world),
    ...daemonSetIdeas(random, world, count),
    ...podIdeas(random, world, count),
  ]
  ideas.push(...revisionIdeas(random, world, count))
  const all = ideas.flatMap(([weight, make]) => Array.from({ length: weight }, () => make))
  for (;;) {
    const step = random.pick(all)()
    if (step !== null) return step
  }
}

/** What has to come before anything else can be compared again. */
function duty(random: Random, world: World, past: Past): Step | null {
  const { count, uneven } = past
  if (world.hasLostPods) return { do: 'collect' }
  const isStuck = ({ form }: DaemonSetThere) => form.isTooBig
  const there = world.daemonSets.find(isStuck) ?? world.daemonSets.find(({ name }) => uneven.includes(name))
  if (there !== undefined) {
    const { name: daemonSet, form, isRolling } = there
    if (isStuck(there) && random.oneIn(3)) return { do: 'undo', daemonSet, to: null }
    // All pods anew, then they are the same again.
    if (!isRolling) return { do: 'strategy', daemonSet, strategy: allAtOnce }
    return { do: 'change', daemonSet, form: { ...form, isTooBig: false, note: `${count}` } }
  }
  // Whom an owned revision that appeared wakes first would be chance (differences.md#duplicate-wake).
  return past.isCopied || world.daemonSets.some(({ hasDuplicate }) => hasDuplicate)
    ? { do: 'poke', value: `duty ${count}` }
    : null
}

function nodeIdeas(random: Random, world: World): Idea[] {
  const node = world.nodes.length > 0 ? random.pick(world.nodes) : null
  const away = nodeNames.filter(name => !world.nodes.includes(name))
  const some = (): readonly Taint[] => (random.oneIn(2) ? [] : [random.pick(taints)])
  return [
    [
      world.nodes.length < 3 ? 40 : 6,
      () =>
        away.length === 0
          ? null
          : {
              do: 'join',
              node: random.pick(away),
              labels: { disk: random.pick(disks), rank: `${random.below(5)}` },
              taints: random.oneIn(4) ? some() : [],
            },
    ],
    [3, () => (node === null ? null : { do: 'leave', node })],
    [
      5,
      () =>
        node === null ? null : { do: 'label', node, key: 'disk', value: random.oneIn(4) ? null : random.pick(disks) },
    ],
    [3, () => (node === null ? null : { do: 'label', node, key: 'rank', value: `${random.below(5)}` })],
    [7, () => (node === null ? null : { do: 'taint', node, taints: some() })],
    [2, () => (node === null ? null : { do: 'cordon', node, on: random.oneIn(2) })],
  ]
}

const plainForm: Form = {
  image: 1,
  disk: null,
  affinity: null,
  tolerates: null,
  hostNetwork: false,
  note: '',
  isTooBig: false,
}

function changed(random: Random, form: Form, { revisions }: DaemonSetThere): Form {
  const former = revisions.flatMap(revision => (revision.form === null ? [] : [revision.form]))
  switch (random.below(8)) {
    case 0:
      return { ...form, disk: random.oneIn(2) ? null : random.pick(disks) }
    case 1:
      return {
        ...form,
        affinity: random.pick(['rank above 2', 'rank 1 or 3', 'not hdd', 'other affinity', null] as const),
      }
    case 2:
      return {
        ...form,
        tolerates: random.pick(['soft', 'hard', 'everything', 'not-ready for a while', null] as const),
      }
    case 3:
      return { ...form, hostNetwork: !form.hostNetwork }
    case 4:
      return { ...form, isTooBig: true }
    case 5:
      // A template that was there before, brought back by hand.
      return { ...(former.length > 0 ? random.pick(former) : form), isTooBig: false }
    default:
      return { ...form, image: (form.image + 1 + random.below(3)) % 4 }
  }
}

function daemonSetIdeas(random: Random, world: World, count: number): Idea[] {
  const there = world.daemonSets.length > 0 ? random.pick(world.daemonSets) : null
  const missing = daemonSetNames.filter(name => !world.daemonSets.some(daemonSet => daemonSet.name === name))
  const daemonSet = there?.name ?? ''
  const create = (name: string): Step => ({
    do: 'create',
    daemonSet: name,
    form: random.oneIn(2) ? plainForm : { ...plainForm, image: random.below(4), tolerates: 'soft' },
    strategy: random.pick(strategies),
    minReadySeconds: random.oneIn(4) ? 1 : 0,
    historyLimit: random.pick([0, 1, 2, 10]),
    selects: random.oneIn(3) ? 'expressions' : 'labels',
  })
  return [
    [there === null ? 40 : 5, () => (missing.length === 0 ? null : create(random.pick(missing)))],
    [
      2,
      () =>
        there && {
          do: 'remove',
          daemonSet,
          propagation: random.pick(['Background', 'Foreground', 'Orphan', 'Orphan']),
        },
    ],
    [16, () => there && { do: 'change', daemonSet, form: changed(random, there.form, there) }],
    [6, () => there && { do: 'strategy', daemonSet, strategy: random.pick(strategies) }],
    [2, () => there && { do: 'minReady', daemonSet, seconds: random.below(3) }],
    [3, () => there && { do: 'history', daemonSet, limit: random.pick([0, 1, 2, 10]) }],
    [1, () => there && { do: 'annotate', daemonSet, value: `${count}` }],
    [5, () => there && (there.revisions.length < 2 ? null : { do: 'undo', daemonSet, to: null })],
    [
      3,
      () =>
        there &&
        (there.revisions.length < 2 ? null : { do: 'undo', daemonSet, to: random.pick(there.revisions).number }),
    ],
  ]
}

function podIdeas(random: Random, world: World, count: number): Idea[] {
  const manned = world.daemonSets.filter(({ places }) => places.length > 0)
  const one = manned.length > 0 ? random.pick(manned) : null
  const at = one && { daemonSet: one.name, node: random.pick(one.places) }
  const stray = world.strays.length > 0 ? random.pick(world.strays) : null
  const bare = (): Step | null => {
    const matching = world.daemonSets.length > 0 ? random.pick(world.daemonSets) : null
    // With surge the older of two pods goes while it is not ready yet, unless the newer one is: who sees that moment is chance.
    const nodes = matching?.isSurging === true ? matching.readyPlaces : world.nodes
    return matching === null || nodes.length === 0
      ? null
      : {
          do: 'barePod',
          name: `${random.pick(['a', 'z'])}-bare-${count}`,
          daemonSet: matching.name,
          node: random.pick(nodes),
          isBound: !random.oneIn(3),
          isCurrent: random.oneIn(3),
          isKept: random.oneIn(5),
        }
  }
  return [
    [6, () => at && { do: 'fail', ...at }],
    [3, () => at && { do: 'finish', ...at }],
    [4, () => at && { do: 'deletePod', ...at }],
    [3, () => at && { do: 'evict', ...at }],
    [3, () => at && { do: 'unready', ...at }],
    [4, () => at && { do: 'stray', ...at }],
    [stray === null ? 1 : 8, () => stray && { do: 'return', ...stray }],
    [2, () => at && { do: 'editPod', ...at, label: hashLabel, value: random.oneIn(2) ? 'bogus' : null }],
    [1, () => at && { do: 'editPod', ...at, label: generationLabel, value: random.pick(['1', '2', '3', 'x']) }],
    [1, () => at && { do: 'editPod', ...at, label: 'note', value: `${count}` }],
    [4, bare],
  ]
}

function revisionIdeas(random: Random, world: World, count: number): Idea[] {
  const kept = world.daemonSets.filter(({ revisions }) => revisions.length > 0)
  const there = kept.length > 0 ? random.pick(kept) : null
  const revision = there && random.pick(there.revisions)
  const which = there && revision && { daemonSet: there.name, number: revision.number }
  const high = Math.max(0, ...(there?.revisions ?? []).map(({ number }) => number))
  return [
    [2, () => which && { do: 'deleteRevision', ...which }],
    [1, () => which && { do: 'editRevision', ...which, label: hashLabel, value: null }],
    [2, () => which && { do: 'editRevision', ...which, label: 'note', value: `${count}` }],
    [1, () => which && { do: 'editRevision', ...which, label: 'app', value: 'stray' }],
    [1, () => which && { do: 'renumber', ...which, to: high + random.below(3) }],
    [2, () => which && { do: 'orphanRevision', ...which }],
    [
      2,
      () =>
        which && {
          do: 'copyRevision',
          ...which,
          name: `copy-${count}`,
          to: high + 1 + random.below(2),
          isOwned: random.oneIn(2),
          hash: random.pick(['same', 'other', 'none']),
        },
    ],
    [1, () => which && (revision?.isCurrent ? null : { do: 'squat', ...which })],
  ]
}
