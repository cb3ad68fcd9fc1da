import type { Resource } from '@rollcall/kube'
import type { ResourceName } from '../objects/object-store.ts'

type Stored = {
  readonly name: ResourceName
  /** By which strategic merge patches know how lists are merged. */
  readonly schema: string
}

export const storedAs: { readonly [resource in Resource]: Stored } = {
  Node: { name: 'nodes', schema: 'io.k8s.api.core.v1.Node' },
  Pod: { name: 'pods', schema: 'io.k8s.api.core.v1.Pod' },
  Event: { name: 'events', schema: 'io.k8s.api.core.v1.Event' },
  Namespace: { name: 'namespaces', schema: 'io.k8s.api.core.v1.Namespace' },
  DaemonSet: { name: 'daemonsets', schema: 'io.k8s.api.apps.v1.DaemonSet' },
  ControllerRevision: { name: 'controllerrevisions', schema: 'io.k8s.api.apps.v1.ControllerRevision' },
}
