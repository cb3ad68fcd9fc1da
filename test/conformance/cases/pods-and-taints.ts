import {
  daemonSet,
  foreignUid,
  is,
  l1,
  type NodeChange,
  node,
  nodes,
  noExecute,
  noSchedule,
  onDelete,
  ownedBy,
  pod,
  podsOn,
  presentHash,
  requiredAffinity,
  rolling,
  surging,
} from '../objects.ts'
import {
  type Case,
  endPods,
  getReady,
  given,
  pass,
  patch,
  patchPods,
  phase,
  put,
  refuse,
  remove,
  settles,
  silence,
  story,
  variant,
  where,
} from '../scenario.ts'
import { twice } from './twice.ts'
import { verdictTwice } from './verdict.ts'

const untolerated = 'example.com/no'
const tolerating = { spec: { tolerations: [{ key: untolerated, operator: 'Exists' }] } }
const failed = { phase: 'Failed' }

/** Spec §9.1 U33, U34: failed pods. */
const failures: readonly Case[] = [
  ...twice('U33a', 'one good pod', strategy => [
    given(daemonSet({ strategy }), ...nodes(1), ...podsOn('node-0', 1)),
    settles({ pods: [0, 0], events: [], status: { observedGeneration: 1, currentNumberScheduled: 1 } }),
  ]),
  ...twice('U33b', 'no pod', strategy => [
    given(daemonSet({ strategy }), ...nodes(1)),
    settles({ pods: [1, 0], events: [] }),
  ]),
  ...twice('U33c', 'one failed pod: deleted with an event, then replaced', strategy => [
    given(daemonSet({ strategy }), ...nodes(1), ...podsOn('node-0', 1, failed)),
    settles({ pods: [1, 1], events: ['Warning FailedDaemonPod'], gone: ['pod-node-0-0'] }),
  ]),
  ...twice('U33d', 'a failed pod and three good ones', strategy => [
    given(daemonSet({ strategy }), ...nodes(1), ...podsOn('node-0', 1, failed, 'bad'), ...podsOn('node-0', 3)),
    settles({ pods: [0, 3], events: ['Warning FailedDaemonPod'], stay: ['pod-node-0-0'] }),
  ]),
  ...twice(
    'U34',
    'on the same node the next failed pod waits for the back-off: 1 s, to the last millisecond; then 2 s',
    strategy => [
      given(daemonSet({ strategy }), ...nodes(1), ...podsOn('node-0', 1, failed)),
      settles({ pods: [1, 1], events: ['Warning FailedDaemonPod'] }),
      phase({}, 'Failed'),
      settles({ pods: [0, 0], events: [] }),
      pass(0.999),
      settles([0, 0]),
      pass(0.001),
      settles({ pods: [1, 1], events: ['Warning FailedDaemonPod'] }),
      phase({}, 'Failed'),
      pass(1.999),
      settles([0, 0]),
      pass(0.001),
      settles([1, 1]),
    ],
  ),
]

const tainted = (...taints: NonNullable<NodeChange['taints']>) => node('node-0', { taints })
const lifecycle = 'node.kubernetes.io'

/** Spec §9.1 U35–U44: taints and the verdict on a node. */
const taints: readonly Case[] = [
  ...twice('U35', 'a pod runs, the node gets a NoSchedule taint that is not tolerated: it stays', strategy => [
    given(daemonSet({ strategy }), tainted(noSchedule(untolerated)), pod('runs', 'node-0')),
    settles({ pods: [0, 0], stay: ['runs'], status: { desiredNumberScheduled: 0, numberMisscheduled: 1 } }),
  ]),
  ...twice('U36', 'a pod runs, the node gets a NoExecute taint that is not tolerated: it goes', strategy => [
    given(daemonSet({ strategy }), tainted(noExecute(untolerated)), pod('runs', 'node-0')),
    settles({ pods: [0, 1], gone: ['runs'], events: [] }),
  ]),
  ...twice('U37', 'no pod, a NoSchedule taint that is not tolerated', strategy => [
    given(daemonSet({ strategy }), tainted(noSchedule(untolerated))),
    settles({ pods: [0, 0], status: { observedGeneration: 1, desiredNumberScheduled: 0 } }),
  ]),
  ...twice('U38', 'no pod, a NoSchedule taint that is tolerated', strategy => [
    given(daemonSet({ strategy, ...tolerating }), tainted(noSchedule(untolerated))),
    settles([1, 0]),
  ]),
  ...twice('U39', 'a node that is not ready, with its NoExecute taint', strategy => [
    given(
      daemonSet({ strategy }),
      node('node-0', { taints: [noExecute(`${lifecycle}/not-ready`)], conditions: { Ready: 'False' } }),
    ),
    settles([1, 0]),
  ]),
  ...twice('U40', 'a node that is unreachable, with its NoExecute taint', strategy => [
    given(
      daemonSet({ strategy }),
      node('node-0', { taints: [noExecute(`${lifecycle}/unreachable`)], conditions: { Ready: 'Unknown' } }),
    ),
    settles([1, 0]),
  ]),
  ...twice('U41', 'tolerations, and a node without taints', strategy => [
    given(daemonSet({ strategy, ...tolerating }), node('node-0')),
    settles([1, 0]),
  ]),
  ...twice('U42', 'the only pod of the node is terminating: nothing is created beside it', strategy => [
    given(daemonSet({ strategy }), node('node-0'), pod('ends', 'node-0', { terminating: true, phase: '' })),
    silence('node-0'),
    settles([0, 0]),
    endPods({}),
    settles([1, 0]),
  ]),
  ...twice('U43', 'disk, memory and PID pressure', strategy => [
    given(
      daemonSet({ strategy }),
      tainted(...['disk', 'memory', 'pid'].map(what => noSchedule(`${lifecycle}/${what}-pressure`))),
    ),
    settles([1, 0]),
  ]),
  ...verdictTwice('U44a', 'a plain node', { runs: true, continues: true }),
  ...verdictTwice('U44b', 'requests exceed what is allocatable', {
    template: {
      spec: { containers: [{ name: 'main', image: 'foo/bar', resources: { requests: { memory: '200M' } } }] },
    },
    node: { allocatable: { memory: '100M' } },
    runs: true,
    continues: true,
  }),
  ...verdictTwice('U44c', 'nodeName is another node', {
    template: { spec: { nodeName: 'other' } },
    runs: false,
    continues: false,
  }),
  ...verdictTwice('U44d', 'a foreign pod has the host port', { besides: 'a foreign pod', runs: true, continues: true }),
  ...verdictTwice('U44e', 'requests do not fit beside a foreign pod', {
    template: {
      spec: { containers: [{ name: 'main', image: 'foo/bar', resources: { requests: { memory: '90M' } } }] },
    },
    node: { allocatable: { memory: '100M' } },
    besides: 'a foreign pod',
    runs: true,
    continues: true,
  }),
  ...verdictTwice('U44f', 'requests fit beside a foreign pod', {
    node: { allocatable: { memory: '200M' } },
    besides: 'a foreign pod',
    runs: true,
    continues: true,
  }),
  ...verdictTwice('U44g', 'the node selector does not match', {
    template: { spec: { nodeSelector: { color: 'blue' } } },
    runs: false,
    continues: false,
  }),
  ...verdictTwice('U44h', 'the node selector matches', {
    template: { spec: { nodeSelector: { color: 'blue' } } },
    node: { labels: { color: 'blue' } },
    runs: true,
    continues: true,
  }),
  ...verdictTwice('U44i', 'required affinity for another label value', {
    template: { spec: { affinity: requiredAffinity([{ matchExpressions: [is('type', 'In', 'test')] }]) } },
    node: { labels: { type: 'production' } },
    runs: false,
    continues: false,
  }),
  ...verdictTwice('U44j', 'required affinity for this label value', {
    template: { spec: { affinity: requiredAffinity([{ matchExpressions: [is('type', 'In', 'production')] }]) } },
    node: { labels: { type: 'production' } },
    runs: true,
    continues: true,
  }),
  ...verdictTwice('U44k', 'an unschedulable node without its taint', {
    node: { unschedulable: true },
    runs: true,
    continues: true,
  }),
]

const blue = { color: 'blue' }
const onBlue = { spec: { nodeSelector: blue } }
const another = (name: string, labels: { app: string }) =>
  daemonSet({ name, labels, selector: { matchLabels: labels }, strategy: onDelete })
const one = { app: 'one' }
const two = { app: 'two' }
const both = { ...one, ...l1 }

/** Spec §9.1 U45–U58: what wakes a DaemonSet, told by what it does then. */
const wakes: readonly Case[] = [
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

const oldReady = (name: string, ageSeconds: number, ready: number | false = 60) =>
  pod(name, 'node-1', { generation: null, ready, ageSeconds })
const surge = (more: Parameters<typeof daemonSet>[0] = {}) => daemonSet({ strategy: surging(1), ...more })
const crowded = (minReadySeconds: number, newReady: number | false, oldestReady: number | false) => [
  given(surge({ minReadySeconds })),
  settles({}),
  put(
    ...nodes(5),
    pod('new', 'node-1', { generation: null, hash: presentHash, ageSeconds: 10, ready: newReady }),
    oldReady('t50', 60, oldestReady),
    oldReady('t60', 50),
    pod('other', 'node-2', { generation: null, hash: presentHash, ageSeconds: 10 }),
  ),
]

/** Spec §9.1 U60–U64: several pods of a node, with surge. */
const surges: readonly Case[] = [
  story(
    'U60',
    'the new pod is not ready: the older of the two old ready ones stays beside it',
    ...crowded(0, false, 60),
    settles({ pods: [3, 1], stay: ['new', 't50'], gone: ['t60'] }),
  ),
  story(
    'U61',
    'a surge is under way on node-0; the old pod of node-4 is terminating: a new one is created there, above the surge',
    given(surge()),
    settles({}),
    silence('node-4'),
    put(
      ...nodes(5),
      pod('new', 'node-0', { generation: null, hash: presentHash, ageSeconds: 10 }),
      pod('old-0', 'node-0', { generation: null, ready: 60, ageSeconds: 60 }),
      ...[1, 2, 3].map(index => pod(`old-${index}`, `node-${index}`, { generation: null, ready: 60, ageSeconds: 60 })),
      pod('old-4', 'node-4', { generation: null, ready: 60, ageSeconds: 60, terminating: true }),
    ),
    settles({ pods: [1, 0], on: ['node-0', 'node-0', 'node-1', 'node-2', 'node-3', 'node-4'] }),
  ),
  story(
    'U62',
    'the new pod is not ready, nor is the older old one: both old ones go',
    ...crowded(0, false, false),
    settles({ pods: [3, 2], stay: ['new'], gone: ['t50', 't60'] }),
  ),
  story(
    'U63',
    'the new pod is ready for 10 s of 15: the older old one stays',
    ...crowded(15, 10, 60),
    settles({ pods: [3, 1], stay: ['new', 't50'], gone: ['t60'] }),
  ),
  story(
    'U64',
    'the new pod is ready for 20 s of 15: both old ones go',
    ...crowded(15, 20, 60),
    settles({ pods: [3, 2], stay: ['new'], gone: ['t50', 't60'] }),
  ),
]

const sixNotIn = Array.from({ length: 6 }, (_, index) => is(`label-${index}`, 'NotIn', 'no', 'never'))

/** Spec §9.1 U65, U66, B1: how the status is stored, which node updates are looked at, what it costs. */
const status: readonly Case[] = [
  story(
    'U65a',
    'the first status write works: one write',
    given(daemonSet(), node('n'), pod('own', 'n')),
    settles({ statusWrites: 1, status: { currentNumberScheduled: 1 } }),
  ),
  story(
    'U65b',
    'the first status write fails: a second one works',
    given(daemonSet()),
    refuse('write status', { times: 1 }),
    put(node('n'), pod('own', 'n')),
    pass(1),
    settles({ statusWrites: 2, status: { currentNumberScheduled: 1 } }),
  ),
  story(
    'U65c',
    'two status writes fail: it is tried again later',
    given(daemonSet()),
    refuse('write status', { times: 2 }),
    put(node('n'), pod('own', 'n')),
    settles({ statusWrites: 1, status: { observedGeneration: undefined } }),
    pass(1),
    settles({ statusWrites: 1 }),
    pass(2),
    settles({ statusWrites: 1, status: { currentNumberScheduled: 1 } }),
  ),
  where(
    ['requests'],
    story(
      'U65d',
      'a status write fails, and so does the read behind it: both are tried again, and the status is written',
      given(daemonSet(), node('n'), pod('own', 'n')),
      refuse('write status', { times: 1, code: 409, reason: 'Conflict' }),
      refuse('read DaemonSet', { after: 1, times: 1, code: 500, reason: 'InternalError' }),
      settles({}),
      pass(5),
      settles({ status: { currentNumberScheduled: 1 } }),
    ),
  ),
  story(
    'U66a',
    'a node update that changes nothing: nothing happens',
    given(daemonSet(), node('n')),
    settles({ pods: [1, 0], statusWrites: 2 }),
    put(node('n')),
    settles({ pods: [0, 0], statusWrites: 0 }),
  ),
  story(
    'U66b',
    'a node update that changes labels is looked at',
    given(daemonSet({ ...onBlue }), node('n')),
    settles([0, 0]),
    put(node('n', { labels: blue })),
    settles([1, 0]),
  ),
  story(
    'U66c',
    'a node update that changes taints is looked at',
    given(daemonSet({ strategy: rolling(1) }), node('n', { taints: [noSchedule(untolerated)] })),
    settles([0, 0]),
    put(node('n')),
    settles([1, 0]),
  ),
  story(
    'B1',
    'the status of 1000 nodes with a term of 6 × NotIn; what it costs is a bench: test/bench/event-cost.ts',
    given(
      daemonSet({ spec: { affinity: requiredAffinity([{ matchExpressions: sixNotIn }]) } }),
      ...nodes(1000, index => ({ labels: { 'label-0': index % 10 === 0 ? 'no' : 'yes' } })),
    ),
    settles({ pods: [900, 0], status: { desiredNumberScheduled: 900, currentNumberScheduled: 900 } }),
  ),
]

export const podsAndTaints: readonly Case[] = [...failures, ...taints, ...wakes, ...surges, ...status]
