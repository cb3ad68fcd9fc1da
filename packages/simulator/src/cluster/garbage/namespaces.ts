import type { KubeObject, ResourceName } from '../../objects/object-store.ts'
import type { Part, PartPorts } from '../parts.ts'
import { createWorkQueue } from '../time/work-queue.ts'

const contents: readonly ResourceName[] = [
  'daemonsets',
  'controllerrevisions',
  'pods',
  'leases',
  'serviceaccounts',
  'events',
]

/** How often a namespace is looked at whose contents take their time to go. */
const retryMs = 2_000

/**
 * The controllers of namespaces: each gets its service account `default`; one that is being deleted is emptied, and
 * finalized when nothing is left (`pkg/controller/namespace`).
 */
export function startNamespaceController(ports: PartPorts & { readonly delayMs: number }): Part {
  const { store, timers } = ports
  const queue = createWorkQueue(timers, ports.delayMs, name => {
    const namespace = store.find('namespaces', '', name)
    if (!namespace) return
    if (namespace.metadata.deletionTimestamp === undefined) addServiceAccount(name)
    else empty(name)
  })

  function addServiceAccount(namespace: string): void {
    if (store.find('serviceaccounts', namespace, 'default')) return
    store.create('serviceaccounts', namespace, {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'default' },
    })
  }

  function empty(namespace: string): void {
    let left = 0
    for (const resource of contents) {
      for (const { metadata } of store.list(resource, namespace)) {
        if (metadata.deletionTimestamp === undefined) {
          store.delete(resource, namespace, metadata.name, { propagationPolicy: 'Background' })
        }
        if (store.find(resource, namespace, metadata.name)) left += 1
      }
    }
    if (left > 0) timers.after(retryMs, () => queue.add(namespace))
    else finalize(namespace)
  }

  function finalize(name: string): void {
    const withoutHold = (present: KubeObject) => ({
      ...present,
      spec: { ...(present.spec as object), finalizers: [] } as never,
    })
    store.change('namespaces', '', name, withoutHold, 'finalize')
  }

  const since = store.resourceVersion()
  for (const { metadata } of store.list('namespaces', null)) queue.add(metadata.name)
  const stop = store.watch('namespaces', since, ({ type, object }) => {
    if (type !== 'DELETED') queue.add(object.metadata.name)
  })
  return { stop }
}
