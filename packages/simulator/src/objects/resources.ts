import type { ResourceName } from './object-store.ts'

/** What the API calls a resource, and how it may be written. */
export type Resource = {
  readonly resource: ResourceName
  /** `''` is the core group. */
  readonly group: string
  readonly version: string
  readonly apiVersion: string
  readonly kind: string
  readonly isNamespaced: boolean
  /** Whether an update may go without a resourceVersion. */
  readonly allowsUnconditionalUpdate: boolean
  /** Whether a replace of something that is not there creates it (the HTTP server asks). */
  readonly allowsCreateOnUpdate: boolean
}

function resource(
  name: ResourceName,
  group: string,
  version: string,
  kind: string,
  rules: Partial<Pick<Resource, 'isNamespaced' | 'allowsUnconditionalUpdate' | 'allowsCreateOnUpdate'>> = {},
): Resource {
  return {
    resource: name,
    group,
    version,
    apiVersion: group === '' ? version : `${group}/${version}`,
    kind,
    isNamespaced: true,
    allowsUnconditionalUpdate: true,
    allowsCreateOnUpdate: false,
    ...rules,
  }
}

/** Every resource served (`pkg/registry/{core,apps,coordination}`). */
export const resources: { readonly [name in ResourceName]: Resource } = {
  nodes: resource('nodes', '', 'v1', 'Node', { isNamespaced: false }),
  pods: resource('pods', '', 'v1', 'Pod'),
  namespaces: resource('namespaces', '', 'v1', 'Namespace', { isNamespaced: false }),
  events: resource('events', '', 'v1', 'Event', { allowsCreateOnUpdate: true }),
  daemonsets: resource('daemonsets', 'apps', 'v1', 'DaemonSet'),
  controllerrevisions: resource('controllerrevisions', 'apps', 'v1', 'ControllerRevision'),
  leases: resource('leases', 'coordination.k8s.io', 'v1', 'Lease', {
    allowsUnconditionalUpdate: false,
    allowsCreateOnUpdate: true,
  }),
  serviceaccounts: resource('serviceaccounts', '', 'v1', 'ServiceAccount'),
}

export const resourceNames = Object.keys(resources) as readonly ResourceName[]

/** As Kubernetes prints a resource: `pods`, `daemonsets.apps`. */
export function qualified(name: string, group: string): string {
  return group === '' ? name : `${name}.${group}`
}
