/** JSON as Kubernetes writes it. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

export type OwnerReference = {
  readonly apiVersion: string
  readonly kind: string
  readonly name: string
  readonly uid: string
  readonly controller?: boolean
  readonly blockOwnerDeletion?: boolean
}

export type ObjectMeta = {
  readonly name: string
  readonly generateName?: string
  readonly namespace?: string
  readonly uid: string
  readonly resourceVersion: string
  readonly generation?: number
  /** RFC 3339, in seconds. */
  readonly creationTimestamp: string
  readonly deletionTimestamp?: string
  readonly deletionGracePeriodSeconds?: number
  readonly labels?: { readonly [key: string]: string }
  readonly annotations?: { readonly [key: string]: string }
  readonly ownerReferences?: readonly OwnerReference[]
  readonly finalizers?: readonly string[]
  readonly managedFields?: readonly Json[]
}

/** One stored object. Never changed in place: a change stores a new one, so a reader may keep what it was given. */
export type KubeObject = {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: ObjectMeta
  readonly spec?: Json
  readonly status?: Json
  readonly [field: string]: unknown
}

/** What a caller sends to create or replace: names and fields; the store fills in uid, resourceVersion and times. */
export type Draft = {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: Partial<ObjectMeta>
  readonly [field: string]: unknown
}

/** The resources a simulated cluster serves, by plural and group (`''` is the core group). */
export type ResourceName =
  | 'nodes'
  | 'pods'
  | 'namespaces'
  | 'events'
  | 'daemonsets'
  | 'controllerrevisions'
  | 'leases'
  | 'serviceaccounts'

export type Change = {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'
  /** As it is after the change; of a deletion, the last state with the deletion's own resourceVersion. */
  readonly object: KubeObject
  /** As it was before; null of an addition. */
  readonly before: KubeObject | null
}

/** `status` writes status only; `finalize` is the namespaces' own: it writes `spec.finalizers` only. */
export type Subresource = 'status' | 'finalize'

export type WriteOptions = {
  /** Recorded in `metadata.managedFields` (`fieldManager`). Default: nothing is recorded. */
  readonly manager?: string
  /** Everything but storing it. Default false. */
  readonly dryRun?: boolean
}

export type DeleteOptions = {
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string }
  readonly propagationPolicy?: 'Background' | 'Foreground' | 'Orphan'
  /** The legacy form of `propagationPolicy`, which it overrides: true is Orphan, false is Background. */
  readonly orphanDependents?: boolean
  /** Pods only. */
  readonly gracePeriodSeconds?: number
  readonly dryRun?: boolean
}

export type BindOptions = WriteOptions & {
  /** Preconditions (409). */
  readonly uid?: string
  readonly resourceVersion?: string
  /** Set on the pod with the node. */
  readonly annotations?: { readonly [key: string]: string }
  readonly labels?: { readonly [key: string]: string }
}

/** An error in Kubernetes' own words: the body of a `Status`. */
export class ApiStatusError extends Error {
  readonly code: number
  readonly reason: string
  readonly details: { readonly [key: string]: Json }
  constructor(code: number, reason: string, message: string, details: { readonly [key: string]: Json } = {}) {
    super(message)
    this.name = 'ApiStatusError'
    this.code = code
    this.reason = reason
    this.details = details
  }
}

/**
 * The objects of one simulated cluster, with the semantics of kube-apiserver's registry: one resourceVersion that counts
 * every write, optimistic concurrency, generation, finalizers, graceful deletion of pods, validation and defaulting.
 * The HTTP server and the cluster's own controllers (scheduler, kubelet, garbage collector) all work through it.
 * Every method is synchronous, and listeners are called in order after the write: the store itself has no time and no chance.
 * @throws ApiStatusError with the code, reason and message that kube-apiserver answers
 */
export interface ObjectStore {
  /** uid of the namespace kube-system: the cluster's identity. */
  readonly clusterUid: string
  /** resourceVersion of the newest write. */
  resourceVersion(): string
  get(resource: ResourceName, namespace: string, name: string): KubeObject
  find(resource: ResourceName, namespace: string, name: string): KubeObject | null
  /** All of a resource, of one namespace or (null) of all, by namespace and name. */
  list(resource: ResourceName, namespace: string | null): readonly KubeObject[]
  create(resource: ResourceName, namespace: string, draft: Draft, options?: WriteOptions): KubeObject
  /**
   * Replaces spec and metadata (no subresource), or only status (`status`), or only the finalizers of a namespace (`finalize`). A resourceVersion in the draft is a
   * precondition (409). A write that changes nothing keeps the resourceVersion.
   */
  update(
    resource: ResourceName,
    namespace: string,
    name: string,
    draft: Draft,
    subresource?: Subresource,
    options?: WriteOptions,
  ): KubeObject
  /** Read, change, write: `change` gives the new object from the present one, or null to leave it. */
  change(
    resource: ResourceName,
    namespace: string,
    name: string,
    change: (present: KubeObject) => Draft | null,
    subresource?: Subresource,
    options?: WriteOptions,
  ): KubeObject
  /** Binds a pod to a node (the `binding` subresource). */
  bind(namespace: string, pod: string, node: string, options?: BindOptions): void
  /**
   * Marks for deletion, or removes at once when nothing holds it (no finalizers; of a pod: no grace period left, or not
   * bound to a node). Gives the object as it is afterwards.
   */
  delete(resource: ResourceName, namespace: string, name: string, options?: DeleteOptions): KubeObject
  /**
   * Calls the listener for every change after `since` (from the history), then for every one that comes. Gives back how
   * to stop. @throws ApiStatusError 410 Expired when `since` is older than the history kept.
   */
  watch(resource: ResourceName, since: string, listener: (change: Change) => void): () => void
  /** Forgets history up to now: who resumes from before gets 410. */
  compact(): void
}
