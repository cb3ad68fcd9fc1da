import { type Call, del, get, patch, post, put } from '../call.ts'
import { events, leases, namespace, revision, revisions, serviceAccounts } from './objects.ts'

const data = { spec: { template: { $patch: 'replace', spec: { containers: [{ name: 'main', image: 'nginx' }] } } } }
const involved = {
  apiVersion: 'v1',
  kind: 'Pod',
  namespace,
  name: 'front',
  uid: 'u-1',
  fieldPath: 'spec.containers{main}',
}
const event = (name: string, more: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Event',
  metadata: { name, namespace },
  involvedObject: involved,
  reason: 'Started',
  message: 'it has begun\n',
  type: 'Normal',
  source: { component: 'kubelet', host: 'n1' },
  firstTimestamp: '2026-01-01T00:00:00Z',
  lastTimestamp: '2026-01-01T00:00:05Z',
  count: 3,
  ...more,
})
const lease = (name: string, spec: object) => ({
  apiVersion: 'coordination.k8s.io/v1',
  kind: 'Lease',
  metadata: { name },
  spec,
})

export const otherCalls: readonly Call[] = [
  post('a revision', revisions, revision('first', 1, data, { labels: { app: 'plain' } })),
  post(
    'a revision with a controller',
    revisions,
    revision('second', 2, data, {
      ownerReferences: [
        { apiVersion: 'apps/v1', kind: 'DaemonSet', name: 'plain', uid: '{{plainUid}}', controller: true },
      ],
    }),
  ),
  post('a revision that is there already', revisions, revision('first', 1, data)),
  post('a revision without data', revisions, revision('none', 1, undefined)),
  post('a revision whose data are null', revisions, revision('none', 1, null)),
  post('a revision whose data are a list', revisions, revision('none', 1, [])),
  post('a revision below zero', revisions, revision('none', -1, data)),
  post('a revision of a wrong name', revisions, revision('None', 1, data)),
  patch('the number of a revision may change', `${revisions}/first`, 'merge', { revision: 3 }),
  patch('the data of a revision may not', `${revisions}/first`, 'merge', { data: { spec: null } }),
  get('get a revision', `${revisions}/first`),
  get('list revisions', revisions),
  post('an event', events, event('one')),
  post('an event with little', events, {
    metadata: { name: 'two', namespace },
    involvedObject: { kind: 'Node', name: 'n1', namespace },
  }),
  post(
    'an event of the newer kind',
    events,
    event('three', {
      source: undefined,
      firstTimestamp: undefined,
      lastTimestamp: undefined,
      count: undefined,
      eventTime: '2026-01-01T00:00:00.123456Z',
      reportingComponent: 'example.com/c',
      reportingInstance: 'i',
      action: 'Act',
    }),
  ),
  post(
    'an event about another namespace',
    events,
    event('four', { involvedObject: { ...involved, namespace: 'default' } }),
  ),
  patch('an event counts on', `${events}/one`, 'strategic', { count: 4, lastTimestamp: '2026-01-01T00:00:09Z' }),
  put('an event that is made by its replacement', `${events}/five`, event('five')),
  get('events of an object', `${events}?fieldSelector=involvedObject.name%3Dfront%2CinvolvedObject.kind%3DPod`),
  get('events by their reason', `${events}?fieldSelector=reason%3DStarted`),
  get('events by their source', `${events}?fieldSelector=source%3Dkubelet`),
  get('events by their component', `${events}?fieldSelector=reportingComponent%3Dexample.com%2Fc`),
  get('events by their type', `${events}?fieldSelector=type%21%3DNormal`),
  post(
    'a lease',
    leases,
    lease('one', { holderIdentity: 'me', leaseDurationSeconds: 40, renewTime: '2026-01-01T00:00:00.000000Z' }),
    { remember: { leaseVersion: 'metadata.resourceVersion' } },
  ),
  post('a lease of no time', leases, lease('none', { holderIdentity: 'me', leaseDurationSeconds: 0 })),
  put('a lease is replaced without its version', `${leases}/one`, lease('one', { holderIdentity: 'you' })),
  put('a lease is renewed', `${leases}/one`, {
    ...lease('one', { holderIdentity: 'me', renewTime: '2026-01-01T00:00:10.5Z' }),
    metadata: { name: 'one', resourceVersion: '{{leaseVersion}}' },
  }),
  put('a lease that is made by its replacement', `${leases}/two`, lease('two', { holderIdentity: 'me' })),
  get('get a lease', `${leases}/one`),
  post('a service account', serviceAccounts, { metadata: { name: 'runner' } }),
  post('a service account of a wrong name', serviceAccounts, { metadata: { name: 'Runner' } }),
  get('list service accounts', serviceAccounts),
  del('delete a service account', `${serviceAccounts}/runner`),
  post('may I?', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SelfSubjectAccessReview',
    spec: { resourceAttributes: { verb: 'create', resource: 'pods', namespace: 'default' } },
  }),
  post('who am I?', '/apis/authentication.k8s.io/v1/selfsubjectreviews', {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'SelfSubjectReview',
  }),
]

/** After the lists have been compared. */
export const otherEndCalls: readonly Call[] = [
  del('delete a revision', `${revisions}/first`),
  del('delete all revisions', revisions),
  get('no revisions are left', revisions),
  del('delete all leases', leases),
  del('delete an event', `${events}/one`),
  del('delete the rest of the events', events),
  del('delete the namespace', `/api/v1/namespaces/${namespace}`),
  post('nothing is made in a namespace that goes', leases, lease('late', {})),
]
