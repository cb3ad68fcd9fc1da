import { timestamp } from './deletion.ts'
import { forbidden } from './errors.ts'
import type { Json, KubeObject } from './object-store.ts'
import type { Resource } from './resources.ts'

/** Those every cluster has from the start. */
export const firstNamespaces = ['default', 'kube-system', 'kube-public', 'kube-node-lease'] as const

const immortal: ReadonlySet<string> = new Set(['default', 'kube-system', 'kube-public'])

const phaseOf = (namespace: KubeObject) => (namespace.status as { phase?: string } | undefined)?.phase

/** Finalizers of its spec: the namespace controller's hold on it, until its contents are gone. */
export function heldBy(namespace: KubeObject): readonly Json[] {
  return (namespace.spec as { finalizers?: readonly Json[] } | undefined)?.finalizers ?? []
}

/** @throws ApiStatusError 403 with cause NamespaceTerminating */
export function assertTakesContent(namespace: KubeObject, resource: Resource, name: string): void {
  if (phaseOf(namespace) !== 'Terminating') return
  const { name: ns } = namespace.metadata
  throw forbidden(resource, name, `unable to create new content in namespace ${ns} because it is being terminated`, [
    { reason: 'NamespaceTerminating', message: `namespace ${ns} is being terminated`, field: 'metadata.namespace' },
  ])
}

/** @throws ApiStatusError 403 for the namespaces no cluster can be without */
export function assertMortal(resource: Resource, name: string): void {
  if (immortal.has(name)) throw forbidden(resource, name, 'this namespace may not be deleted')
}

/** The first request to delete a namespace only says so: the namespace controller empties it. */
export function terminating(namespace: KubeObject, finalizers: readonly string[], nowMs: number): KubeObject {
  const { finalizers: _, ...metadata } = namespace.metadata
  return {
    ...namespace,
    metadata: {
      ...metadata,
      deletionTimestamp: timestamp(nowMs),
      ...(finalizers.length === 0 ? {} : { finalizers }),
    },
    status: { ...(namespace.status as object | undefined), phase: 'Terminating' },
  }
}
