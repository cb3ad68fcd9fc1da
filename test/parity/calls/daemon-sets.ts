import { type Call, del, get, metadataOnly, patch, post, put } from '../call.ts'
import { daemonSet, daemonSets } from './objects.ts'

const template = (labels: object, spec: object) => ({ metadata: { labels }, spec })
const container = { name: 'main', image: 'nginx:1.29' }
const create = (name: string, body: unknown, more: Partial<Call> = {}) => post(name, daemonSets, body, more)

const full = daemonSet('full', {
  minReadySeconds: 0,
  revisionHistoryLimit: 3,
  updateStrategy: { rollingUpdate: { maxUnavailable: '20%' } },
  template: template(
    { app: 'full' },
    {
      hostNetwork: true,
      hostPID: false,
      nodeSelector: { disk: 'ssd' },
      tolerations: [{ key: 'a', operator: 'Exists', effect: 'NoSchedule' }, { operator: 'Exists' }],
      priorityClassName: 'system-node-critical',
      serviceAccountName: 'runner',
      initContainers: [{ name: 'first', image: 'busybox:latest', command: ['true'], args: [] }],
      containers: [
        {
          name: 'main',
          image:
            'registry.example.com:5000/team/app@sha256:0000000000000000000000000000000000000000000000000000000000000000',
          ports: [{ containerPort: 80 }, { containerPort: 53, protocol: 'UDP', name: 'dns', hostPort: 53 }],
          env: [
            { name: 'A', value: '' },
            { name: 'NODE', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } },
            { name: 'CPU', valueFrom: { resourceFieldRef: { resource: 'limits.cpu' } } },
            { name: 'S', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } },
          ],
          resources: { limits: { cpu: '0.5', memory: '1024Mi' }, requests: { cpu: 0.1, memory: 1048576 } },
          livenessProbe: { httpGet: { port: 8080 }, initialDelaySeconds: 0 },
          readinessProbe: { tcpSocket: { port: 'dns' }, timeoutSeconds: 3 },
          volumeMounts: [
            { name: 'h', mountPath: '/h', readOnly: false },
            { name: 'c', mountPath: '/c', readOnly: true },
          ],
          securityContext: { runAsUser: 1000 },
        },
        {
          name: 'side',
          image: 'localhost/side',
          imagePullPolicy: 'Never',
          lifecycle: { preStop: { exec: { command: ['x'] } } },
        },
      ],
      volumes: [
        { name: 'h', hostPath: { path: '/var' } },
        { name: 'c', configMap: { name: 'cm' } },
        { name: 's', secret: { secretName: 's' } },
        { name: 'e', emptyDir: {} },
        { name: 'p', projected: { sources: [{ serviceAccountToken: { path: 't' } }, { downwardAPI: { items: [] } }] } },
      ],
    },
  ),
})

const invalid = (name: string, spec: object, metadata: object = {}) => create(name, daemonSet('wrong', spec, metadata))
const wrongPod = (name: string, spec: object) =>
  invalid(name, { template: template({ app: 'wrong' }, { containers: [container], ...spec }) })
const strategy = (rollingUpdate: object, type = 'RollingUpdate') => ({ updateStrategy: { type, rollingUpdate } })

export const daemonSetCalls: readonly Call[] = [
  create('a DaemonSet with little gets its defaults', daemonSet('plain'), {
    remember: { plainVersion: 'metadata.resourceVersion', plainUid: 'metadata.uid' },
  }),
  create('a DaemonSet with much gets its defaults', full),
  create('a DaemonSet that is there already', daemonSet('plain')),
  create('a DaemonSet without kind and version', { ...daemonSet('bare'), kind: undefined, apiVersion: undefined }),
  create('a DaemonSet that replaces on delete', daemonSet('ondelete', { updateStrategy: { type: 'OnDelete' } })),
  create('a DaemonSet with surge', daemonSet('surge', strategy({ maxSurge: '10%', maxUnavailable: 0 }))),
  create('a status and a generation that are sent are not taken', {
    ...daemonSet('cheat', {}, { generation: 7, uid: 'mine', resourceVersion: '' }),
    status: { desiredNumberScheduled: 3 },
  }),
  create(
    'a template generation that is sent is kept',
    daemonSet('old', {}, { annotations: { 'deprecated.daemonset.template.generation': '5' } }),
  ),
  create(
    'a template generation that is no number',
    daemonSet('odd', {}, { annotations: { 'deprecated.daemonset.template.generation': 'x' } }),
  ),
  create('nothing but a dry run', daemonSet('dry'), { path: `${daemonSets}?dryRun=All` }),
  get('a dry run leaves nothing', `${daemonSets}/dry`),
  create('a generated name', daemonSet('', {}, { name: undefined, generateName: 'generated-' })),
  create('unknown fields are dropped with a warning', daemonSet('warned', { paused: true })),
  create('unknown fields are dropped in silence', daemonSet('silent', { paused: true }), {
    path: `${daemonSets}?fieldValidation=Ignore`,
  }),
  create('the metadata of what was created', daemonSet('meta'), {
    headers: { 'content-type': 'application/json', ...metadataOnly },
  }),
  create(
    'nulls and empty things are left out',
    daemonSet(
      'nulls',
      {
        minReadySeconds: null,
        template: template(
          { app: 'nulls' },
          { containers: [container], nodeSelector: {}, volumes: [], tolerations: null, affinity: null },
        ),
      },
      { labels: {}, annotations: null, finalizers: [] },
    ),
  ),

  create('no name', daemonSet('', {}, { name: undefined })),
  create('a name with capitals', daemonSet('Wrong')),
  invalid('a namespace that is another', {}, { namespace: 'default' }),
  invalid('a resourceVersion at creation', {}, { resourceVersion: '5' }),
  invalid('no selector', { selector: undefined }),
  invalid('an empty selector', { selector: {} }),
  invalid('a selector that does not match the template', { selector: { matchLabels: { app: 'other' } } }),
  invalid('a selector with a wrong operator', {
    selector: { matchLabels: { app: 'wrong' }, matchExpressions: [{ key: 'a', operator: 'Like', values: ['b'] }] },
  }),
  invalid('a selector with values that may not be', {
    selector: { matchLabels: { app: 'wrong' }, matchExpressions: [{ key: 'app', operator: 'Exists', values: ['b'] }] },
  }),
  invalid('a selector with values that are missing', {
    selector: { matchLabels: { app: 'wrong' }, matchExpressions: [{ key: 'app', operator: 'In' }] },
  }),
  invalid('no template', { template: undefined }),
  invalid('a label with a wrong value', {
    template: template({ app: 'wrong', x: 'not so!' }, { containers: [container] }),
  }),
  invalid('a negative minReadySeconds', { minReadySeconds: -1 }),
  invalid('a negative history', { revisionHistoryLimit: -1 }),
  invalid('a strategy that is none', { updateStrategy: { type: 'Recreate' } }),
  invalid('surge alone', strategy({ maxSurge: 1 })),
  invalid('neither surge nor unavailability', strategy({ maxUnavailable: 0 })),
  invalid('a negative unavailability', strategy({ maxUnavailable: -1 })),
  invalid('more than everything', strategy({ maxUnavailable: '101%' })),
  invalid('a percentage that is none', strategy({ maxUnavailable: 'half' })),
  wrongPod('a restart policy other than Always', { restartPolicy: 'Never' }),
  wrongPod('an active deadline', { activeDeadlineSeconds: 5 }),
  wrongPod('no containers', { containers: [] }),
  wrongPod('a container without a name', { containers: [{ image: 'nginx' }] }),
  wrongPod('a container without an image', { containers: [{ name: 'main' }] }),
  wrongPod('two containers of one name', { containers: [container, container] }),
  wrongPod('a container name with capitals', { containers: [{ ...container, name: 'Main' }] }),
  wrongPod('a pull policy that is none', { containers: [{ ...container, imagePullPolicy: 'Maybe' }] }),
  wrongPod('a mount of no volume', { containers: [{ ...container, volumeMounts: [{ name: 'x', mountPath: '/x' }] }] }),
  wrongPod('a port that is none', { containers: [{ ...container, ports: [{ containerPort: 70000 }] }] }),
  wrongPod('a request above its limit', {
    containers: [{ ...container, resources: { requests: { cpu: 2 }, limits: { cpu: 1 } } }],
  }),
  wrongPod('a toleration that is none', { tolerations: [{ key: 'a', operator: 'Exists', value: 'b' }] }),
  wrongPod('a toleration without a key', { tolerations: [{ operator: 'Equal', value: 'b' }] }),
  wrongPod('a node selector with a wrong value', { nodeSelector: { a: 'not so!' } }),
  wrongPod('an affinity without terms', {
    affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [] } } },
  }),
  wrongPod('an affinity that compares two values', {
    affinity: {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [{ matchExpressions: [{ key: 'a', operator: 'Gt', values: ['1', '2'] }] }],
        },
      },
    },
  }),
  wrongPod('an affinity by a field that is none', {
    affinity: {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [{ matchFields: [{ key: 'spec.x', operator: 'In', values: ['1'] }] }],
        },
      },
    },
  }),

  get('get a DaemonSet', `${daemonSets}/plain`),
  get('list DaemonSets', daemonSets),
  put('a replace that changes nothing', `${daemonSets}/plain`, daemonSet('plain')),
  put('a replace with a label', `${daemonSets}/plain`, daemonSet('plain', {}, { labels: { a: 'b' } }), {
    remember: { plainNow: 'metadata.resourceVersion' },
  }),
  put(
    'a replace of an old version',
    `${daemonSets}/plain`,
    daemonSet('plain', {}, { resourceVersion: '{{plainVersion}}' }),
  ),
  put(
    'a replace of the newest version',
    `${daemonSets}/plain`,
    daemonSet('plain', { minReadySeconds: 5 }, { resourceVersion: '{{plainNow}}' }),
  ),
  put('a replace of another object', `${daemonSets}/plain`, daemonSet('other')),
  put(
    'a replace with another uid',
    `${daemonSets}/plain`,
    daemonSet('plain', {}, { uid: '11111111-1111-1111-1111-111111111111' }),
  ),
  put(
    'a replace of the selector',
    `${daemonSets}/plain`,
    daemonSet('plain', {
      selector: { matchLabels: { app: 'x' } },
      template: template({ app: 'x' }, { containers: [container] }),
    }),
  ),
  put(
    'a replace of the template',
    `${daemonSets}/plain`,
    daemonSet('plain', { template: template({ app: 'plain' }, { containers: [{ ...container, image: 'nginx:2' }] }) }),
  ),
  put('a dry replace', `${daemonSets}/plain?dryRun=All`, daemonSet('plain', { minReadySeconds: 9 })),
  get('after the dry replace', `${daemonSets}/plain`),

  patch('merge: a label', `${daemonSets}/plain`, 'merge', { metadata: { labels: { c: 'd' } } }),
  patch('merge: a label goes', `${daemonSets}/plain`, 'merge', { metadata: { labels: { c: null, absent: null } } }),
  patch('merge: nothing', `${daemonSets}/plain`, 'merge', {}),
  patch('merge: lists are replaced', `${daemonSets}/plain`, 'merge', {
    spec: {
      template: {
        spec: {
          containers: [
            { name: 'one', image: 'one' },
            { name: 'two', image: 'two' },
          ],
        },
      },
    },
  }),
  patch('strategic: lists merge by name', `${daemonSets}/plain`, 'strategic', {
    spec: { template: { spec: { containers: [{ name: 'two', image: 'two:2' }] } } },
  }),
  patch('strategic: an item goes', `${daemonSets}/plain`, 'strategic', {
    spec: { template: { spec: { containers: [{ name: 'one', $patch: 'delete' }] } } },
  }),
  patch('strategic: items are ordered', `${daemonSets}/plain`, 'strategic', {
    spec: {
      template: {
        spec: {
          '$setElementOrder/containers': [{ name: 'zero' }, { name: 'two' }],
          containers: [{ name: 'zero', image: 'zero' }],
        },
      },
    },
  }),
  patch('strategic: an object is replaced', `${daemonSets}/plain`, 'strategic', {
    spec: { updateStrategy: { $patch: 'replace', type: 'OnDelete' } },
  }),
  patch('strategic: keys are kept and the rest goes', `${daemonSets}/plain`, 'strategic', {
    spec: { updateStrategy: { $retainKeys: ['type'], type: 'RollingUpdate' } },
  }),
  patch('strategic: finalizers merge', `${daemonSets}/plain`, 'strategic', {
    metadata: { finalizers: ['example.com/a'] },
  }),
  patch('strategic: a finalizer goes', `${daemonSets}/plain`, 'strategic', {
    metadata: { '$deleteFromPrimitiveList/finalizers': ['example.com/a'] },
  }),
  patch('strategic: an item without its key', `${daemonSets}/plain`, 'strategic', {
    spec: { template: { spec: { containers: [{ image: 'x' }] } } },
  }),
  patch('json: a test and a replace', `${daemonSets}/plain`, 'json', [
    { op: 'test', path: '/spec/minReadySeconds', value: 0 },
    { op: 'replace', path: '/spec/revisionHistoryLimit', value: 4 },
  ]),
  patch('json: an addition', `${daemonSets}/plain`, 'json', [{ op: 'add', path: '/metadata/labels/x~1y', value: 'z' }]),
  patch('json: a test that fails', `${daemonSets}/plain`, 'json', [
    { op: 'test', path: '/metadata/name', value: 'other' },
  ]),
  patch('json: a path that is not there', `${daemonSets}/plain`, 'json', [
    { op: 'remove', path: '/spec/absent/deeper' },
  ]),
  patch('json: no list', `${daemonSets}/plain`, 'json', { op: 'add' }),
  patch('a patch that is no JSON', `${daemonSets}/plain`, 'merge', '{"a":'),
  patch('a patch that is a list', `${daemonSets}/plain`, 'merge', []),
  patch('a patch that makes it invalid', `${daemonSets}/plain`, 'merge', { spec: { minReadySeconds: -1 } }),
  patch('a patch with a wrong type', `${daemonSets}/plain`, 'merge', { spec: { minReadySeconds: 'x' } }),
  patch('a patch of an unknown field, strictly', `${daemonSets}/plain?fieldValidation=Strict`, 'merge', {
    spec: { paused: true },
  }),
  patch('a patch of an unknown field', `${daemonSets}/plain`, 'merge', { spec: { paused: true } }),
  patch('a patch with an old version', `${daemonSets}/plain`, 'merge', {
    metadata: { resourceVersion: '{{plainVersion}}', labels: { q: 'r' } },
  }),
  patch('a patch of the name', `${daemonSets}/plain`, 'merge', { metadata: { name: 'other' } }),
  patch('a patch of the status through the object is not taken', `${daemonSets}/plain`, 'merge', {
    status: { numberReady: 5 },
  }),

  get('the status', `${daemonSets}/plain/status`),
  patch('status: a merge', `${daemonSets}/plain/status`, 'merge', {
    status: { observedGeneration: 3, desiredNumberScheduled: 2, numberReady: 1 },
  }),
  patch('status: the spec is not taken', `${daemonSets}/plain/status`, 'merge', {
    spec: { minReadySeconds: 77 },
    status: { collisionCount: 1 },
  }),
  patch('status: a count below zero', `${daemonSets}/plain/status`, 'merge', { status: { numberReady: -1 } }),
  patch('status: collisions may not be fewer', `${daemonSets}/plain/status`, 'merge', {
    status: { collisionCount: 0 },
  }),
  put('status: a replace', `${daemonSets}/plain/status`, {
    ...daemonSet('plain'),
    status: {
      currentNumberScheduled: 1,
      desiredNumberScheduled: 1,
      numberMisscheduled: 0,
      numberReady: 1,
      collisionCount: 2,
    },
  }),
  get('a DaemonSet after all', `${daemonSets}/plain`),

  del('delete with a wrong uid', `${daemonSets}/bare`, {
    preconditions: { uid: '11111111-1111-1111-1111-111111111111' },
  }),
  del('delete with an old version', `${daemonSets}/plain`, { preconditions: { resourceVersion: '{{plainVersion}}' } }),
  del('delete with a policy that is none', `${daemonSets}/bare`, { propagationPolicy: 'Sideways' }),
  del('delete with two policies', `${daemonSets}/bare`, { propagationPolicy: 'Orphan', orphanDependents: true }),
  del('a dry deletion', `${daemonSets}/bare?dryRun=All`),
  get('after the dry deletion', `${daemonSets}/bare`),
  del('delete', `${daemonSets}/bare`),
  get('after the deletion', `${daemonSets}/bare`),
  del('delete in the background', `${daemonSets}/silent`, { propagationPolicy: 'Background' }),
  del('delete by the query', `${daemonSets}/warned?propagationPolicy=Background`),
  patch('a finalizer holds it', `${daemonSets}/surge`, 'merge', { metadata: { finalizers: ['example.com/hold'] } }),
  del('delete what a finalizer holds', `${daemonSets}/surge`),
  get('what a finalizer holds', `${daemonSets}/surge`),
  del('delete it again', `${daemonSets}/surge`),
  patch('a finalizer more is forbidden', `${daemonSets}/surge`, 'merge', {
    metadata: { finalizers: ['example.com/hold', 'example.com/more'] },
  }),
  patch('the finalizer goes', `${daemonSets}/surge`, 'merge', { metadata: { finalizers: null } }),
  get('nothing holds it', `${daemonSets}/surge`),
]
