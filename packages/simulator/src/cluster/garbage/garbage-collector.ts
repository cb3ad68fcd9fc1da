import type { Change, KubeObject, OwnerReference, ResourceName } from '../../objects/object-store.ts'
import type { Part, PartPorts } from '../parts.ts'
import { createWorkQueue } from '../time/work-queue.ts'
import { collected, resourceOfKind } from './kinds-of-owners.ts'

const foreground = 'foregroundDeletion'
const orphan = 'orphan'
const manager = 'kube-controller-manager'

export type GarbageCollectorPorts = PartPorts & {
  /** From a change to what follows from it. */
  readonly delayMs: number
}

/**
 * The garbage collector (`pkg/controller/garbagecollector`, spec §6.3): dependents whose owners are gone are deleted;
 * an owner that is deleted in the foreground waits for those that block it; an orphaning owner lets go of them first.
 */
export function startGarbageCollector(ports: GarbageCollectorPorts): Part {
  const { store } = ports
  const queue = createWorkQueue(ports.timers, ports.delayMs, process)
  /** Keys of dependents by their owners' uids. */
  const dependents = new Map<string, Set<string>>()

  function note(key: string, object: KubeObject, isThere: boolean): void {
    for (const { uid } of object.metadata.ownerReferences ?? []) {
      const keys = dependents.get(uid) ?? new Set()
      if (isThere) keys.add(key)
      else keys.delete(key)
      if (keys.size > 0) dependents.set(uid, keys)
      else dependents.delete(uid)
    }
  }

  function changed(resource: ResourceName, { type, object, before }: Change): void {
    const key = keyOf(resource, object)
    if (before && before.metadata.ownerReferences !== object.metadata.ownerReferences) note(key, before, false)
    note(key, object, type !== 'DELETED')
    const { uid, ownerReferences = [], deletionTimestamp } = object.metadata
    if (type === 'DELETED') {
      for (const dependent of dependents.get(uid) ?? []) queue.add(dependent)
      // An owner may be waiting for this one to go.
      for (const owner of ownerReferences) lookAtOwner(object, owner)
      return
    }
    const isNew = before === null || before.metadata.ownerReferences !== ownerReferences
    if ((isNew && ownerReferences.length > 0) || deletionTimestamp !== undefined) queue.add(key)
    if (before && isNew) for (const owner of before.metadata.ownerReferences ?? []) lookAtOwner(before, owner)
  }

  function lookAtOwner(dependent: KubeObject, { kind, name }: OwnerReference): void {
    const resource = resourceOfKind(kind)
    const namespace = dependent.metadata.namespace ?? ''
    const owner = resource && store.find(resource, namespace, name)
    if (owner?.metadata.deletionTimestamp !== undefined) queue.add(keyOf(resource as ResourceName, owner))
  }

  function process(key: string): void {
    const [resource, namespace, name] = partsOf(key)
    const object = store.find(resource, namespace, name)
    if (!object) return
    const { finalizers = [], deletionTimestamp, ownerReferences = [] } = object.metadata
    if (deletionTimestamp !== undefined && finalizers.includes(orphan)) letGo(resource, object)
    else if (deletionTimestamp !== undefined && finalizers.includes(foreground)) deleteDependents(resource, object)
    else if (deletionTimestamp === undefined && ownerReferences.length > 0) judge(resource, object)
  }

  /** Deletes an object that nobody owns any more, and drops references to owners that are gone when some are left. */
  function judge(resource: ResourceName, object: KubeObject): void {
    const owners = object.metadata.ownerReferences ?? []
    const standing = new Map(owners.map(owner => [owner, standingOf(object, owner)]))
    const solid = owners.filter(owner => standing.get(owner) === 'solid')
    if (solid.length > 0) {
      if (solid.length < owners.length) setOwners(resource, object, solid)
      return
    }
    const waits = owners.some(owner => standing.get(owner) === 'waits')
    const { namespace = '', name, uid } = object.metadata
    // What waits for this one also waits for what this one owns.
    const propagationPolicy = waits && (dependents.get(uid)?.size ?? 0) > 0 ? 'Foreground' : 'Background'
    store.delete(resource, namespace, name, { preconditions: { uid }, propagationPolicy })
  }

  /** `solid`: there; `waits`: being deleted in the foreground; `gone`: absent, or another object of that name. */
  function standingOf(dependent: KubeObject, { kind, name, uid }: OwnerReference): 'solid' | 'waits' | 'gone' {
    const resource = resourceOfKind(kind)
    if (!resource) return 'solid'
    const owner = store.find(resource, dependent.metadata.namespace ?? '', name)
    if (owner?.metadata.uid !== uid) return 'gone'
    const { deletionTimestamp, finalizers = [] } = owner.metadata
    return deletionTimestamp !== undefined && finalizers.includes(foreground) ? 'waits' : 'solid'
  }

  function deleteDependents(resource: ResourceName, owner: KubeObject): void {
    const { uid } = owner.metadata
    let isBlocked = false
    for (const key of [...(dependents.get(uid) ?? [])]) {
      const [kind, namespace, name] = partsOf(key)
      const dependent = store.find(kind, namespace, name)
      if (!dependent) continue
      if (dependent.metadata.deletionTimestamp === undefined) judge(kind, dependent)
      const left = store.find(kind, namespace, name)
      const reference = left?.metadata.ownerReferences?.find(other => other.uid === uid)
      if (reference?.blockOwnerDeletion === true) isBlocked = true
    }
    if (!isBlocked) removeFinalizer(resource, owner, foreground)
  }

  function letGo(resource: ResourceName, owner: KubeObject): void {
    const { uid } = owner.metadata
    for (const key of [...(dependents.get(uid) ?? [])]) {
      const [kind, namespace, name] = partsOf(key)
      const dependent = store.find(kind, namespace, name)
      const others = dependent?.metadata.ownerReferences?.filter(other => other.uid !== uid)
      if (dependent && others) setOwners(kind, dependent, others)
    }
    removeFinalizer(resource, owner, orphan)
  }

  function setOwners(resource: ResourceName, object: KubeObject, owners: readonly OwnerReference[]): void {
    const { namespace = '', name } = object.metadata
    store.change(
      resource,
      namespace,
      name,
      present => ({ ...present, metadata: { ...present.metadata, ownerReferences: owners } }),
      undefined,
      { manager },
    )
  }

  function removeFinalizer(resource: ResourceName, object: KubeObject, finalizer: string): void {
    const { namespace = '', name } = object.metadata
    store.change(
      resource,
      namespace,
      name,
      present => ({
        ...present,
        metadata: {
          ...present.metadata,
          finalizers: (present.metadata.finalizers ?? []).filter(it => it !== finalizer),
        },
      }),
      undefined,
      { manager },
    )
  }

  const since = store.resourceVersion()
  const stops = collected.map(resource => {
    for (const object of store.list(resource, null)) changed(resource, { type: 'ADDED', object, before: null })
    return store.watch(resource, since, change => changed(resource, change))
  })
  return {
    stop() {
      for (const stop of stops) stop()
    },
  }
}

function keyOf(resource: ResourceName, { metadata }: KubeObject): string {
  return `${resource}/${metadata.namespace ?? ''}/${metadata.name}`
}

function partsOf(key: string): readonly [ResourceName, string, string] {
  const [resource = '', namespace = '', name = ''] = key.split('/')
  return [resource as ResourceName, namespace, name]
}
