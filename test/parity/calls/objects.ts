/** Bodies that many calls begin with. `{{run}}` keeps runs against one long-lived server apart. */

export const namespace = 'parity-{{run}}'

/** Paths of a resource of the namespace. */
export const pods = `/api/v1/namespaces/${namespace}/pods`
export const events = `/api/v1/namespaces/${namespace}/events`
export const serviceAccounts = `/api/v1/namespaces/${namespace}/serviceaccounts`
export const daemonSets = `/apis/apps/v1/namespaces/${namespace}/daemonsets`
export const revisions = `/apis/apps/v1/namespaces/${namespace}/controllerrevisions`
export const leases = `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases`
export const nodes = '/api/v1/nodes'
export const namespaces = '/api/v1/namespaces'

export function daemonSet(name: string, spec: object = {}, metadata: object = {}) {
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name, ...metadata },
    spec: {
      selector: { matchLabels: { app: name } },
      template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'main', image: 'nginx:1.29' }] } },
      ...spec,
    },
  }
}

/** With a scheduler that nobody is, so that nobody touches it, and the account that admission would give it. */
export function pod(name: string, spec: object = {}, metadata: object = {}) {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, ...metadata },
    spec: {
      schedulerName: 'nobody',
      serviceAccountName: 'default',
      containers: [{ name: 'main', image: 'nginx' }],
      ...spec,
    },
  }
}

/** A node that says it is ready and has just said so. */
export function node(name: string, metadata: object = {}, spec: object = {}) {
  return { apiVersion: 'v1', kind: 'Node', metadata: { name, ...metadata }, spec }
}

export function revision(name: string, number: number, data: unknown, metadata: object = {}) {
  return { apiVersion: 'apps/v1', kind: 'ControllerRevision', metadata: { name, ...metadata }, revision: number, data }
}
