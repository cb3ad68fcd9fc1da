import { daemonSet, foreignUid, l1, node, noSchedule, onDelete, ownedBy, pod } from '../objects.ts'
import { type Case, getReady, given, patch, patchPods, put, remove, settles, variant } from '../scenario.ts'
import { twice } from './twice.ts'

const untolerated = 'example.com/no'
const blue = { color: 'blue' }
const onBlue = { spec: { nodeSelector: blue } }
const another = (name: string, labels: { app: string }) =>
  daemonSet({ name, labels, selector: { matchLabels: labels }, strategy: onDelete })
const one = { app: 'one' }
const two = { app: 'two' }
const both = { ...one, ...l1 }

/** Spec §9.1 U45–U58: what wakes a DaemonSet, told by what it does then. */
export const wakes: readonly Case[] = [
  ...twice('U45a', 'a node changes in nothing that matters', strategy => [
    given(daemonSet({ strategy }), node('n')),
    settles([1, 0]),
    patch('Node', 'n', { status: { conditions: [{ type: 'Ready', status: 'True' }] } }),
    settles([0, 0]),
  ]),
  ...twice('U45b', 'labels change, and the selector matches', strategy => [
    given(daemonSet({ strategy, ...onBlue }), node('n')),
    settles([0, 0]),
    patch('Node', 'n', { metadata: { labels: blue } }),
    settles([1, 0]),
  ]),
  ...twice('U45c', 'a taint that is not tolerated goes', strategy => [
    given(daemonSet({ strategy }), node('n', { taints: [noSchedule(untolerated)] })),
    settles([0, 0]),
    patch('Node', 'n', { spec: { taints: [] } }),
    settles([1, 0]),
  ]),
  ...twice('U45d', 'what is allocatable changes', strategy => [
    given(daemonSet({ strategy }), node('n')),
    settles([1, 0]),
    patch('Node', 'n', { status: { allocatable: { memory: '1G' } } }),
    settles([0, 0]),
  ]),
  ...twice('U45e', 'a misscheduled pod’s node gets the label: it is counted anew', strategy => [
    given(daemonSet({ strategy }), node('n', { taints: [noSchedule(untolerated)] }), pod('runs', 'n')),
    settles({ pods: [0, 0], status: { numberMisscheduled: 1, desiredNumberScheduled: 0 } }),
    patch('Node', 'n', { spec: { taints: [] } }),
    settles({ pods: [0, 0], status: { numberMisscheduled: 0, desiredNumberScheduled: 1 } }),
  ]),
  ...(
    [
      ['U46a', 'a pod without a controller is deleted', null, 'n'],
      ['U46b', 'a pod of another controller is deleted', ownedBy('other', foreignUid), 'n'],
      ['U46c', 'an unbound foreign pod is deleted', null, null],
    ] as const
  ).flatMap(([id, says, owner, boundTo]) =>
    twice(id, `${says}: nothing changes`, strategy => [
      given(
        daemonSet({ strategy }),
        node('n'),
        pod('other', boundTo, { owner, labels: { app: 'other' }, generation: null }),
      ),
      settles([1, 0]),
      remove('Pod', 'other'),
      settles([0, 0]),
    ]),
  ),
  variant(
    'U49',
    'in two steps',
    'a node is added that does not match, then one that does',
    given(daemonSet({ ...onBlue })),
    settles([0, 0]),
    put(node('plain')),
    settles([0, 0]),
    put(node('blue', { labels: blue })),
    settles({ pods: [1, 0], on: ['blue'] }),
  ),
  ...twice('U50', 'a pod of one DaemonSet appears: that DaemonSet alone counts it', strategy => [
    given(another('ds1', one), { ...another('ds2', two) }, daemonSet({ strategy, ...onBlue })),
    put(pod('of-one', 'n', { owner: ownedBy('ds1'), labels: one })),
    put(node('n')),
    settles({
      pods: [1, 0],
      that: [
        [
          'the pod of ds1 stays, ds2 got its own',
          ({ pods }) => pods.map(({ metadata }) => metadata.labels?.app).sort(),
          ['one', 'two'],
        ],
      ],
    }),
  ]),
  ...twice(
    'U51',
    'an orphan appears that two DaemonSets select and a third does not: one of the two adopts it',
    strategy => [
      given(
        another('ds1', one),
        another('ds2', one),
        another('ds3', two),
        daemonSet({ strategy, ...onBlue }),
        pod('orphan', 'n', { owner: null, labels: one }),
      ),
      settles({
        orphans: [],
        that: [
          [
            'its owner is ds1 or ds2',
            ({ pods }) => pods.map(({ metadata }) => /^ds[12]$/.test(metadata.ownerReferences?.[0]?.name ?? '')),
            [true],
          ],
        ],
      }),
    ],
  ),
  ...twice('U52', 'an owned pod changes: its DaemonSet sees it', strategy => [
    given(daemonSet({ strategy }), node('n'), pod('own', 'n')),
    settles({ pods: [0, 0], status: { numberReady: 0 } }),
    getReady(),
    settles({ pods: [0, 0], status: { numberReady: 1 } }),
  ]),
  ...twice('U53', 'an orphan of other labels changes, its labels do not: nothing', strategy => [
    given(daemonSet({ strategy }), node('n'), pod('orphan', 'n', { owner: null, labels: two })),
    settles([1, 0]),
    patchPods({ name: 'orphan' }, { status: { phase: 'Running', conditions: [] } }),
    settles({ pods: [0, 0], orphans: ['orphan'] }),
  ]),
  ...twice('U54', 'an orphan gets labels that match: it is adopted', strategy => [
    given(daemonSet({ strategy, ...onBlue }), node('n'), pod('orphan', 'n', { owner: null, labels: two })),
    settles({ pods: [0, 0], orphans: ['orphan'] }),
    patch('Pod', 'orphan', { metadata: { labels: { name: 'simple-daemon', type: 'production' } } }),
    settles({ pods: [0, 1], orphans: [] }),
  ]),
  ...twice('U55', 'the controller of a pod changes from one DaemonSet to another: both count anew', strategy => [
    given(
      daemonSet({ strategy }),
      another('ds2', one),
      node('n'),
      pod('moves', 'n', { owner: ownedBy('ds2'), labels: both, ageSeconds: 100 }),
    ),
    settles([1, 0]),
    put(
      pod('moves', 'n', {
        owner: ownedBy('ds'),
        labels: both,
        ageSeconds: 100,
      }),
    ),
    settles({ pods: [1, 1], stay: ['moves'] }),
  ]),
  ...twice(
    'U56',
    'a pod loses its controller: it is adopted again, by its old owner or by another that selects it',
    strategy => [
      given(daemonSet({ strategy }), node('n'), pod('own', 'n')),
      settles([0, 0]),
      patch('Pod', 'own', { metadata: { ownerReferences: [] } }),
      settles({ pods: [0, 0], orphans: [] }),
    ],
  ),
  ...twice('U57', 'an owned pod is deleted: replaced', strategy => [
    given(daemonSet({ strategy }), node('n'), pod('own', 'n')),
    settles([0, 0]),
    remove('Pod', 'own'),
    settles({ pods: [1, 0], on: ['n'] }),
  ]),
  ...twice('U58', 'an orphan is deleted: nothing', strategy => [
    given(daemonSet({ strategy }), node('n'), pod('orphan', 'n', { owner: null, labels: two })),
    settles([1, 0]),
    remove('Pod', 'orphan'),
    settles([0, 0]),
  ]),
]
