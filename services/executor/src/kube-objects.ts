import type { Json } from '@rollcall/contracts'
import type { KubeObject } from '@rollcall/kube'

export type JsonObject = { readonly [key: string]: Json }

export type DaemonSetRef = { readonly namespace: string; readonly name: string; readonly uid: string }

/** Who an object is, as an outcome reports it. */
export type Identity = { readonly name: string; readonly uid: string; readonly resourceVersion: string }

/** The member as an object; an empty one when it is absent or something else. */
export function objectIn(parent: JsonObject, member: string): JsonObject {
  const value = parent[member]
  return isObject(value) ? value : {}
}

/** The member as an array; an empty one when it is absent or something else. */
export function arrayIn(parent: JsonObject, member: string): readonly Json[] {
  const value = parent[member]
  return Array.isArray(value) ? value : []
}

/** The member as text; empty when it is absent or something else. */
export function textIn(parent: JsonObject, member: string): string {
  const value = parent[member]
  return typeof value === 'string' ? value : ''
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function identityOf(object: KubeObject): Identity {
  // A deletion that took effect at once answers with a Status, which names its object in `details`.
  const metadata = objectIn(object, object.kind === 'Status' ? 'details' : 'metadata')
  return {
    name: textIn(metadata, 'name'),
    uid: textIn(metadata, 'uid'),
    resourceVersion: textIn(metadata, 'resourceVersion'),
  }
}

/** uid of the owner with `controller: true`; null for an orphan. */
export function controllerUidOf(object: KubeObject): string | null {
  for (const owner of arrayIn(objectIn(object, 'metadata'), 'ownerReferences')) {
    if (isObject(owner) && owner.controller === true) return textIn(owner, 'uid')
  }
  return null
}

/** The reference that makes a pod or revision the DaemonSet's (spec §1.5). */
export function ownerReferenceTo(daemonSet: DaemonSetRef): JsonObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    name: daemonSet.name,
    uid: daemonSet.uid,
    controller: true,
    blockOwnerDeletion: true,
  }
}
