import type { ResourceName } from '../../objects/object-store.ts'

/** Resources whose objects own others, or are owned, by the kind that owner references name. */
const resourceByKind: { readonly [kind: string]: ResourceName } = {
  Node: 'nodes',
  Pod: 'pods',
  Namespace: 'namespaces',
  DaemonSet: 'daemonsets',
  ControllerRevision: 'controllerrevisions',
  Lease: 'leases',
  ServiceAccount: 'serviceaccounts',
}

/** What the garbage collector watches. */
export const collected: readonly ResourceName[] = ['daemonsets', 'controllerrevisions', 'pods', 'nodes', 'leases']

/** Null for a kind this API server does not know: such an owner is never looked for, and its dependents are left alone. */
export function resourceOfKind(kind: string): ResourceName | null {
  return resourceByKind[kind] ?? null
}
