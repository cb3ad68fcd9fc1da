import { type Call, del, get, patch, post, put } from '../call.ts'
import { namespace, namespaces, node, nodes, pod, pods } from './objects.ts'

const run = { labels: { run: '{{run}}' } }
const n = (name: string) => `${name}-{{run}}`
const create = (name: string, body: unknown, more: Partial<Call> = {}) => post(name, pods, body, more)
const container = { name: 'main', image: 'nginx' }
const invalid = (name: string, spec: object) => create(name, pod('wrong', spec))

export const namespaceCalls: readonly Call[] = [
  post('a namespace', namespaces, { metadata: { name: namespace } }),
  post('a namespace that is there already', namespaces, { metadata: { name: namespace } }),
  post('a namespace of a wrong name', namespaces, { metadata: { name: 'Wrong_Name' } }),
  get('get the namespace', `${namespaces}/${namespace}`),
  get('get kube-system', `${namespaces}/kube-system`),
  patch('label the namespace', `${namespaces}/${namespace}`, 'merge', { metadata: { labels: { team: 'a' } } }),
  patch('the label of the name stays', `${namespaces}/${namespace}`, 'merge', {
    metadata: { labels: { 'kubernetes.io/metadata.name': 'x' } },
  }),
  del('kube-system may not go', `${namespaces}/kube-system`),
]

export const nodeCalls: readonly Call[] = [
  post('a node', nodes, node(n('n1'), run), { remember: { nodeVersion: 'metadata.resourceVersion' } }),
  post('a node with taints and capacity', nodes, {
    ...node(n('n2'), run, {
      taints: [{ key: 'gpu', value: 'yes', effect: 'NoSchedule' }],
      podCIDR: '10.1.0.0/24',
      unschedulable: true,
    }),
    status: { capacity: { cpu: '4', memory: '8Gi', pods: 110 }, conditions: [{ type: 'Ready', status: 'True' }] },
  }),
  post('a node that is there already', nodes, node(n('n1'))),
  post('a node of a wrong name', nodes, node('N 1')),
  post('a node with a taint of no effect', nodes, node(n('n3'), run, { taints: [{ key: 'a', value: 'b' }] })),
  post('a node with a taint of a wrong effect', nodes, node(n('n3'), run, { taints: [{ key: 'a', effect: 'Never' }] })),
  post(
    'a node with a taint twice',
    nodes,
    node(n('n3'), run, {
      taints: [
        { key: 'a', effect: 'NoSchedule' },
        { key: 'a', effect: 'NoSchedule' },
      ],
    }),
  ),
  patch('cordon', `${nodes}/${n('n1')}`, 'strategic', { spec: { unschedulable: true } }),
  patch('uncordon', `${nodes}/${n('n1')}`, 'strategic', { spec: { unschedulable: null } }),
  patch('label a node', `${nodes}/${n('n1')}`, 'merge', { metadata: { labels: { disk: 'ssd' } } }),
  patch('a label with a wrong key', `${nodes}/${n('n1')}`, 'merge', { metadata: { labels: { 'a b': 'c' } } }),
  patch('taint a node', `${nodes}/${n('n2')}`, 'strategic', {
    spec: { taints: [{ key: 'x', effect: 'PreferNoSchedule' }] },
  }),
  patch('status of a node: conditions merge by type', `${nodes}/${n('n2')}/status`, 'strategic', {
    status: {
      conditions: [
        {
          type: 'Ready',
          status: 'True',
          reason: 'KubeletReady',
          lastHeartbeatTime: '2026-01-01T00:00:00Z',
          lastTransitionTime: '2026-01-01T00:00:00Z',
        },
        { type: 'DiskPressure', status: 'False' },
      ],
    },
  }),
  patch('status of a node: the spec is not taken', `${nodes}/${n('n2')}/status`, 'merge', {
    spec: { unschedulable: false },
    status: { nodeInfo: { kubeletVersion: 'v1.37.2' } },
  }),
  patch('status of a node: addresses', `${nodes}/${n('n2')}/status`, 'strategic', {
    status: { addresses: [{ type: 'InternalIP', address: '10.0.0.2' }] },
  }),
  put('replace a node with an old version', `${nodes}/${n('n1')}`, node(n('n1'), { resourceVersion: '1' })),
  get('get a node', `${nodes}/${n('n2')}`),
  patch('a provider may be set once', `${nodes}/${n('n1')}`, 'merge', { spec: { providerID: 'a://1' } }),
  patch('and is not to be changed', `${nodes}/${n('n1')}`, 'merge', { spec: { providerID: 'a://2' } }),
]

export const podCalls: readonly Call[] = [
  create('a pod gets its defaults', pod('front', {}, { labels: { tier: 'front', weight: '5' } })),
  create(
    'a pod with much',
    pod(
      'back',
      {
        nodeName: 'nowhere-{{run}}',
        hostNetwork: true,
        terminationGracePeriodSeconds: 5,
        containers: [
          {
            ...container,
            image: 'nginx:1',
            ports: [{ containerPort: 80 }],
            resources: { limits: { cpu: '1', memory: '64Mi' } },
          },
        ],
        tolerations: [{ key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute' }],
      },
      { labels: { tier: 'back', weight: '1' } },
    ),
  ),
  create(
    'a pod with a tie to a node',
    pod(
      'tied',
      {
        affinity: {
          nodeAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: {
              nodeSelectorTerms: [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: ['n1'] }] }],
            },
          },
        },
      },
      {
        ownerReferences: [
          {
            apiVersion: 'apps/v1',
            kind: 'DaemonSet',
            name: 'plain',
            uid: '{{plainUid}}',
            controller: true,
            blockOwnerDeletion: true,
          },
        ],
      },
    ),
  ),
  create('a pod of a generated name', pod('', {}, { name: undefined, generateName: 'generated-' })),
  create('a pod that is there already', pod('front')),
  create(
    'a pod with two controllers',
    pod(
      'two',
      {},
      {
        ownerReferences: ['a', 'b'].map(name => ({
          apiVersion: 'apps/v1',
          kind: 'DaemonSet',
          name,
          uid: name,
          controller: true,
        })),
      },
    ),
  ),
  create(
    'a pod with an owner that lacks its uid',
    pod('lost', {}, { ownerReferences: [{ apiVersion: 'apps/v1', kind: 'DaemonSet', name: 'a' }] }),
  ),
  create('a pod of best effort with a priority', pod('prior', { priorityClassName: 'system-node-critical' })),
  create('a pod without a service account', pod('plain', { serviceAccountName: undefined }), {
    path: `${pods}?dryRun=All`,
  }),
  create('a pod of no priority class', pod('wrong', { priorityClassName: 'nonsense' })),
  create('a pod that never restarts', pod('once', { restartPolicy: 'Never', activeDeadlineSeconds: 10 })),
  invalid('a pod without containers', { containers: [] }),
  invalid('a pod with a restart policy that is none', { restartPolicy: 'Sometimes' }),
  invalid('a pod with a negative grace period', { terminationGracePeriodSeconds: -1 }),
  invalid('a pod with a wrong node name', { nodeName: 'Not A Node' }),
  invalid('a pod with a negative cpu', { containers: [{ ...container, resources: { requests: { cpu: '-1' } } }] }),
  get('get a pod', `${pods}/front`),
  get('list pods', pods),
  patch('label a pod', `${pods}/front`, 'merge', { metadata: { labels: { x: 'y' } } }),
  patch('the image of a pod may change', `${pods}/front`, 'strategic', {
    spec: { containers: [{ name: 'main', image: 'nginx:2' }] },
  }),
  patch('the command of a pod may not', `${pods}/front`, 'strategic', {
    spec: { containers: [{ name: 'main', command: ['x'] }] },
  }),
  patch('the node of a pod may not', `${pods}/back`, 'merge', { spec: { nodeName: 'elsewhere' } }),
  patch('a toleration may be added to a pod', `${pods}/front`, 'strategic', {
    spec: { tolerations: [{ key: 'new', operator: 'Exists' }] },
  }),
  post('bind a pod', `${pods}/front/binding`, {
    apiVersion: 'v1',
    kind: 'Binding',
    metadata: { name: 'front' },
    target: { apiVersion: 'v1', kind: 'Node', name: 'nowhere-{{run}}' },
  }),
  get('a bound pod', `${pods}/front`),
  post('bind it again', `${pods}/front/binding`, {
    metadata: { name: 'front' },
    target: { kind: 'Node', name: 'elsewhere' },
  }),
  post('bind a pod that is not there', `${pods}/absent/binding`, {
    metadata: { name: 'absent' },
    target: { kind: 'Node', name: 'x' },
  }),
  post('bind to something else', `${pods}/once/binding`, {
    metadata: { name: 'once' },
    target: { kind: 'Pod', name: 'x' },
  }),
  patch('status of a pod: running', `${pods}/front/status`, 'strategic', {
    status: {
      phase: 'Running',
      podIP: '10.0.0.9',
      podIPs: [{ ip: '10.0.0.9' }],
      conditions: [{ type: 'Ready', status: 'True' }],
      containerStatuses: [
        {
          name: 'main',
          ready: true,
          restartCount: 2,
          image: 'nginx',
          imageID: '',
          state: { running: { startedAt: '2026-01-01T00:00:00Z' } },
        },
      ],
    },
  }),
  patch('status of a pod: the spec is not taken', `${pods}/front/status`, 'strategic', {
    spec: { nodeName: 'x' },
    status: { reason: 'Because' },
  }),
  patch('status of a pod: waiting', `${pods}/back/status`, 'strategic', {
    status: {
      containerStatuses: [
        {
          name: 'main',
          ready: false,
          restartCount: 7,
          image: 'nginx',
          imageID: '',
          state: { waiting: { reason: 'CrashLoopBackOff' } },
        },
      ],
    },
  }),
  patch('status of a pod: failed', `${pods}/once/status`, 'merge', {
    status: { phase: 'Failed', reason: 'Evicted', message: 'the node was low on memory' },
  }),
]

/** After the lists have been compared. */
export const podEndCalls: readonly Call[] = [
  del('delete a pod with grace', `${pods}/front`),
  get('a pod in its grace', `${pods}/front`),
  del('delete it again with less grace', `${pods}/front?gracePeriodSeconds=3`),
  del('delete it now', `${pods}/front`, { gracePeriodSeconds: 0 }),
  get('a pod after its grace', `${pods}/front`),
  del('delete a pod with its own grace', `${pods}/back`),
  del('delete a pod that is not bound', `${pods}/prior`),
  get('after its deletion', `${pods}/prior`),
  del('delete a pod that has failed', `${pods}/once`),
  post('evict a pod', `${pods}/tied/eviction`, {
    apiVersion: 'policy/v1',
    kind: 'Eviction',
    metadata: { name: 'tied' },
  }),
  get('after the eviction', `${pods}/tied`),
  post('evict a pod that is not there', `${pods}/absent/eviction`, {
    apiVersion: 'policy/v1',
    kind: 'Eviction',
    metadata: { name: 'absent' },
  }),
  post('evict under another name', `${pods}/back/eviction`, {
    apiVersion: 'policy/v1',
    kind: 'Eviction',
    metadata: { name: 'front' },
  }),
  del('delete all pods that are left', `${pods}?labelSelector=tier`, { gracePeriodSeconds: 0 }),
  get('no pods are left', `${pods}?labelSelector=tier`),
  del('delete nodes by their label', `${nodes}?labelSelector=run%3D{{run}}`),
  get('no nodes are left', `${nodes}?labelSelector=run%3D{{run}}`),
]
