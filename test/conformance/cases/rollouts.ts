import { at, controllerOf, hashLabel, isReady, isTerminating, type Manifest } from '../manifest.ts'
import {
  type DaemonSetChange,
  daemonSet,
  l1,
  node,
  nodes,
  noSchedule,
  onDelete,
  pod,
  presentHash,
  revision,
  rolling,
  surging,
} from '../objects.ts'
import {
  type Case,
  differs,
  getReady,
  given,
  type Pair,
  pass,
  patchPods,
  put,
  refuse,
  refusedByApi,
  type Step,
  type Story,
  settles,
  silence,
  story,
  variant,
  where,
} from '../scenario.ts'
import type { View } from '../world.ts'

/** A DaemonSet on so many nodes, all of its pods ready. */
const running = (count: number, change: DaemonSetChange = {}): Step[] => [
  given(daemonSet(change), ...nodes(count)),
  settles([count, 0]),
  getReady(),
  settles([0, 0]),
]
const update = (image: string, change: DaemonSetChange = {}): Step => put(daemonSet({ image, ...change }))
/** Round after round, with all pods getting ready in between. */
const rounds = (...pairs: readonly Pair[]): Step[] => pairs.flatMap(pair => [settles(pair), getReady()])

const ready = ({ pods }: View) => names(pods.filter(isReady))
const names = (pods: readonly Manifest[]) => pods.map(({ metadata }) => metadata.name).sort()
const readyCount = ({ pods }: View) => pods.filter(isReady).length
/** Pods that were ready before are ready now. */
const survivors = (count: number) =>
  [
    `${count} pods were and are ready`,
    (view: View, earlier: View | null) => ready(view).filter(name => earlier && ready(earlier).includes(name)).length,
    count,
  ] as const

const unready = { status: { conditions: [{ type: 'Ready', status: 'False', lastTransitionTime: '@now' }] } }
const tolerating = { spec: { tolerations: [{ key: 'node-role.kubernetes.io/control-plane', operator: 'Exists' }] } }
/** Numbers of random updates: any will do. */
const chance = [9, 0, 5, 3, 8, 2, 7, 4, 6, 1]

function neverReady(updates: readonly number[]): Story {
  return story(
    'R06',
    '20 nodes, maxUnavailable 10, updates that never get ready, with any maxUnavailable up to 9: 10 survive; with 11, 9',
    ...running(20),
    update('foo/2', { strategy: rolling(10) }),
    settles([10, 10]),
    ...updates.flatMap((maxUnavailable, index) => [
      update(`foo/3-${index}`, { strategy: rolling(maxUnavailable) }),
      settles({ pods: [10, 10] as const, that: [survivors(10)] as const }),
    ]),
    update('foo/last', { strategy: rolling(11) }),
    settles({ pods: [11, 11], that: [['9 pods are ready', readyCount, 9]] }),
  )
}

/** Spec §9.2 R01–R10: rolling updates, from a fleet that runs. */
const updates: readonly Case[] = [
  story(
    'R01',
    'a new image, maxUnavailable 2',
    ...running(5),
    update('foo/2', { strategy: rolling(2) }),
    ...rounds([2, 2], [2, 2], [1, 1], [0, 0]),
  ),
  story(
    'R02',
    'a new image, maxSurge 2',
    ...running(5),
    update('foo/2', { strategy: surging(2) }),
    ...rounds([2, 0], [2, 2], [1, 2], [0, 1], [0, 0]),
  ),
  story(
    'R03',
    'an update takes the toleration for node-0 away, maxSurge 1: its pod goes when the others can be missed',
    given(
      daemonSet({ strategy: surging(1), ...tolerating }),
      node('node-0', { taints: [noSchedule('node-role.kubernetes.io/control-plane')] }),
      ...nodes(5).slice(1),
    ),
    settles([5, 0]),
    getReady(),
    put(daemonSet({ strategy: surging(1) })),
    ...rounds([1, 1], [1, 1], [1, 1], [1, 1], [0, 1], [0, 0]),
  ),
  story(
    'R04',
    'maxUnavailable 3, new pods never get ready: it stops there',
    ...running(5),
    update('foo/2', { strategy: rolling(3) }),
    settles([3, 3]),
    pass(60),
    settles({ pods: [0, 0], that: [['2 pods are ready', readyCount, 2]] }),
  ),
  story(
    'R05',
    'maxUnavailable 2, the first update breaks, then a second one: what was ready survives',
    ...running(5),
    update('foo/2', { strategy: rolling(2) }),
    settles([2, 2]),
    update('foo/3', { strategy: rolling(2) }),
    settles({ pods: [2, 2], that: [survivors(3)] }),
  ),
  neverReady(chance.filter(maxUnavailable => maxUnavailable > 0)),
  refusedByApi('cannot be 0 when maxSurge is 0', { ...neverReady(chance), variant: 'with 0 among them' }),
  where(
    ['one moment'],
    story(
      'R07',
      '10 old available, 2 old unavailable, 88 new unavailable of 100, maxUnavailable 10: the 2 are replaced',
      given(daemonSet({ strategy: rolling(10) })),
      settles({}),
      put(
        ...nodes(100, () => ({})),
        ...Array.from({ length: 100 }, (_, index) =>
          pod(`pod-${index}`, `node-${index}`, {
            generation: null,
            ready: index < 10 ? 60 : false,
            ...(index < 12 ? {} : { hash: presentHash }),
          }),
        ),
      ),
      settles({ pods: [2, 2], gone: ['pod-10', 'pod-11'], that: [['10 pods are ready', readyCount, 10]] }),
    ),
  ),
  story(
    'R08',
    'pods never get ready, then an update with maxUnavailable 3: all are replaced',
    given(daemonSet(), ...nodes(5)),
    settles([5, 0]),
    update('foo/2', { strategy: rolling(3) }),
    settles([5, 5]),
  ),
  story(
    'R09',
    'the same with maxSurge 3, then another image and minReadySeconds 15',
    given(daemonSet(), ...nodes(5)),
    settles([5, 0]),
    update('foo/2', { strategy: surging(3) }),
    // All old pods are unavailable, so each gets a new one, and goes at once.
    settles([5, 5]),
    getReady(),
    settles([0, 0]),
    pass(100),
    update('foo/3', { strategy: surging(3), minReadySeconds: 15 }),
    settles([3, 0]),
    getReady({ updated: true, first: 2 }),
    // One old pod on a node without a new one turns unready.
    patchPods({ on: ['node-4'], updated: false }, unready),
    pass(10),
    settles([1, 1]),
    pass(10),
    // Two new pods are available: their predecessors go, and the last node's turn has come.
    settles([1, 2]),
    getReady({ updated: true }),
    pass(20),
    settles([0, 2]),
    pass(10),
    settles([0, 0]),
  ),
  story(
    'R10',
    'the strategy changes from OnDelete to RollingUpdate, the template does not: nothing is replaced',
    ...running(5, { strategy: onDelete }),
    put(daemonSet({ strategy: rolling(3) })),
    settles([0, 0]),
  ),
]

/** So many nodes, of which the last `empty` got no pod, because creations were refused; the rest is ready. */
const partly = (count: number, empty: number): Step[] => [
  given(daemonSet({ strategy: onDelete }), ...nodes(count)),
  refuse('create Pod', { after: count - empty }),
  settles([count, 0]),
  getReady(),
  settles([0, 0]),
]

/** Spec §9.2 R11: budgets, told by what an update may touch at once. */
const budgets: readonly Case[] = [
  refusedByApi(
    'cannot be 0 when maxSurge is 0',
    story(
      'R11a',
      'no nodes, maxUnavailable 0: nothing is desired, nothing is done',
      given(daemonSet({ strategy: rolling(0) })),
      settles({ pods: [0, 0] }),
      update('foo/2', { strategy: rolling(0) }),
      settles({ pods: [0, 0], status: { desiredNumberScheduled: 0 } }),
    ),
  ),
  story(
    'R11b',
    '2 nodes ready, maxUnavailable 1',
    ...running(2),
    update('foo/2', { strategy: rolling(1) }),
    settles([1, 1]),
  ),
  refusedByApi(
    'cannot be 0 when maxSurge is 0',
    story(
      'R11c',
      '2 nodes, one of them empty, maxUnavailable 0: it is 1, and the empty node has spent it',
      ...partly(2, 1),
      update('foo/2', { strategy: rolling(0) }),
      settles({ pods: [0, 0], status: { desiredNumberScheduled: 2, numberAvailable: 1 } }),
    ),
  ),
  refusedByApi(
    'cannot be 0 when maxSurge is 0',
    story(
      'R11d',
      'the same, with maxSurge 0 said aloud',
      ...partly(2, 1),
      update('foo/2', { strategy: rolling(0, 0) }),
      settles([0, 0]),
    ),
  ),
  story(
    'R11e',
    '2 nodes, maxUnavailable 50%: 1',
    ...running(2),
    update('foo/2', { strategy: rolling('50%') }),
    settles([1, 1]),
  ),
  story(
    'R11f',
    '2 nodes, maxSurge 50%: 1',
    ...running(2),
    update('foo/2', { strategy: surging('50%') }),
    settles([1, 0]),
  ),
  story(
    'R11g',
    '2 nodes, maxSurge 100%: 2',
    ...running(2),
    update('foo/2', { strategy: surging('100%') }),
    settles([2, 0]),
  ),
  where(
    ['quick looks'],
    story(
      'R11h',
      '3 nodes, maxUnavailable 50%: 2; one pod is terminating, one node empty: both are spent',
      ...partly(3, 1),
      silence('node-0'),
      patchPods({ on: ['node-0'] }, { metadata: { deletionTimestamp: '@now' } }),
      update('foo/2', { strategy: rolling('50%') }),
      settles({ pods: [0, 0], status: { desiredNumberScheduled: 3 } }),
    ),
  ),
]

/** Spec §9.2 R12, and §4.6–4.8 beyond the reference's tests: ControllerRevisions. */
const revisions: readonly Case[] = [
  story(
    'R12a',
    'an own revision and an orphan with the template’s labels: both are claimed',
    given(
      daemonSet({ historyLimit: 10 }),
      revision('ds-x1', 1, { of: { image: 'foo/1' } }),
      revision('ds-x2', 2, { of: { image: 'foo/2' }, owner: null }),
    ),
    settles({ revisions: [1, 2, 3] }),
  ),
  story(
    'R12b',
    'an orphan revision in another namespace is not claimed',
    given(daemonSet(), revision('ds-x3', 1, { owner: null, namespace: 'other' })),
    settles({ revisions: [1], that: [['its owner', orphanOwner, [undefined]]] }),
  ),
  story(
    '§4.2a',
    'maxUnavailable 1% of 3 is 1, never 0',
    ...running(3),
    update('foo/2', { strategy: rolling('1%') }),
    settles([1, 1]),
  ),
  story(
    '§4.6a',
    'a rollback takes the old revision up again under the next number, and leaves its pods alone',
    ...running(4, { strategy: rolling(2) }),
    update('foo/2', { strategy: rolling(2) }),
    settles({ pods: [2, 2], revisions: [1, 2] }),
    put(daemonSet({ strategy: rolling(2) })),
    settles({ pods: [2, 2], revisions: [2, 3], that: [survivors(2)] }),
  ),
  story(
    '§4.7a',
    'every claimed revision without a hash label gets its own name for it',
    given(
      daemonSet({ historyLimit: 10 }),
      revision('ds-old', 1, { of: { image: 'foo/1' }, labels: l1 }),
      revision('ds-present', 2, { labels: l1 }),
    ),
    settles({
      revisions: [1, 2],
      that: [['hash labels', ({ revisions: all }) => all.map(hashOf), ['ds-old', 'ds-present']]],
    }),
  ),
  story(
    '§4.7b',
    'duplicates of the present revision are merged into the highest number; pods of either keep running',
    given(daemonSet(), node('node-0')),
    settles({ pods: [1, 0], revisions: [1] }),
    getReady(),
    // After a rollback the generation label no longer says that the pods are up to date: only the hash does.
    update('foo/2', { strategy: onDelete }),
    settles({ revisions: [1, 2] }),
    put(daemonSet()),
    settles({ pods: [0, 0], revisions: [2, 3] }),
    put(revision('ds-twin', 4)),
    // Nobody wakes for it (spec §3.8); the next change of the DaemonSet merges.
    settles({ revisions: [2, 3, 4] }),
    put(daemonSet({ historyLimit: 3 })),
    settles({
      pods: [0, 0],
      revisions: [2, 4],
      that: [survivors(1), ['hash labels of the pods', ({ pods }) => pods.map(hashOf), ['twin']]],
    }),
  ),
  story(
    '§4.7c',
    'a duplicate’s hash on a pod whose node cannot be told does not hold the merge up',
    given(daemonSet(), revision('ds-twin', 1), revision('ds-present', 2), {
      ...pod('nowhere', null, { hash: 'twin' }),
      spec: {},
    }),
    settles({ revisions: [2] }),
  ),
  story(
    '§4.7d',
    'a duplicate with the same hash label, as a copy has it: merged, no pod is touched',
    given(
      daemonSet(),
      node('node-0'),
      revision('ds-x', 1),
      revision('ds-copy', 2, { labels: { ...l1, [hashLabel]: 'x' } }),
    ),
    put(pod('own', 'node-0', { hash: 'x', generation: null })),
    settles({ pods: [0, 0], revisions: [2], stay: ['own'] }),
  ),
  differs(
    'duplicate-revisions',
    story(
      '§4.7e',
      'merging duplicates relabels pods of the duplicate only; the built-in relabels those of older templates, too, and never updates them',
      given(
        daemonSet({ strategy: onDelete }),
        ...nodes(2),
        revision('ds-old', 1, { of: { image: 'foo/1' } }),
        revision('ds-twin', 2),
        revision('ds-kept', 3),
        pod('older', 'node-0', { generation: null, hash: 'old' }),
        pod('twin', 'node-1', { generation: null, hash: 'twin' }),
      ),
      settles({
        pods: [0, 0],
        revisions: [1, 3],
        that: [['hash labels of the pods', ({ pods }) => pods.map(hashOf), ['old', 'kept']]],
      }),
    ),
  ),
  story(
    '§4.8a',
    'revisions beyond the limit are cleaned up, lowest first; one that a pod carries is kept, and does not count',
    given(
      daemonSet({ historyLimit: 2, strategy: onDelete }),
      node('node-0'),
      ...[1, 2, 3, 4].map(number => revision(`ds-r${number}`, number, { of: { image: `foo/${number}` } })),
      pod('carries', 'node-0', { generation: null, hash: 'r1' }),
    ),
    settles({ revisions: [1, 4, 5] }),
  ),
  story(
    '§4.4a',
    'a percentage of surge of no desired node is none: the old pod of a node that should not run stays',
    given(
      daemonSet({ strategy: surging('50%'), ...tolerating }),
      node('node-0', { taints: [noSchedule('node-role.kubernetes.io/control-plane')] }),
    ),
    settles([1, 0]),
    getReady(),
    put(daemonSet({ strategy: surging('50%') })),
    settles({ pods: [0, 0], status: { desiredNumberScheduled: 0, numberMisscheduled: 1 } }),
  ),
  refusedByApi(
    'a valid percent string',
    variant(
      '§4.2b',
      'maxUnavailable without %',
      'a number that cannot be read: nothing is replaced',
      ...running(2),
      update('foo/2', { strategy: rolling('1') }),
      settles([0, 0]),
    ),
  ),
  differs(
    'update-order',
    story(
      '§4.9a',
      'nodes are updated in the order of their names; the built-in’s order is chance',
      ...running(3),
      update('foo/2'),
      settles({
        pods: [1, 1],
        that: [
          [
            'ready nodes',
            ({ pods }) =>
              pods
                .filter(isReady)
                .map(one => at(one.spec, 'nodeName'))
                .sort(),
            ['node-1', 'node-2'],
          ],
        ],
      }),
    ),
  ),
  story(
    '§3.3a',
    'with surge a pod that is terminating does not hold its node',
    ...running(1, { strategy: surging(1) }),
    silence('node-0'),
    patchPods({}, { metadata: { deletionTimestamp: '@now' } }),
    settles({ pods: [1, 0], that: [['terminating', ({ pods }) => pods.filter(isTerminating).length, 1]] }),
  ),
]

function orphanOwner({ revisions: all }: View): unknown[] {
  return all.filter(({ metadata }) => metadata.name === 'ds-x3').map(controllerOf)
}
const hashOf = ({ metadata }: Manifest) => metadata.labels?.[hashLabel]

export const rollouts: readonly Case[] = [...updates, ...budgets, ...revisions]
