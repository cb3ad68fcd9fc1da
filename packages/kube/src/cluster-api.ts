import type { Json, Kind } from '@rollcall/contracts'

/** An object as the API server's JSON has it, untouched. */
export type KubeObject = { readonly [key: string]: Json }

/** What can be addressed. `Event` is core/v1's; writes to it are best effort. */
export type Resource = Kind | 'Event' | 'Namespace'

export type WatchEvent =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: KubeObject }
  | { readonly type: 'BOOKMARK'; readonly resourceVersion: string }

export type ListPage = {
  readonly items: readonly KubeObject[]
  readonly resourceVersion: string
  /** Token of the next page; null on the last one. */
  readonly next: string | null
}

export type Address = { readonly resource: Resource; readonly namespace?: string; readonly name: string }

export type PatchType = 'merge' | 'strategic' | 'json'

/** A right the credentials must have, as RBAC words it. */
export type Right = {
  readonly verb: string
  readonly group: string
  readonly resource: string
  readonly subresource?: string
  /** For one object only; absent: for all of them. */
  readonly name?: string
}

/**
 * One cluster's API server as a port, in our words. Every method rejects with `ApiError` on an answer that is not 2xx,
 * and with `UnreachableError` when there was no (whole) answer. Nothing is retried here: who calls knows why.
 */
export interface ClusterApi {
  /** The cluster's name in Rollcall. */
  readonly cluster: string
  list(resource: Resource, options: { limit: number; next?: string | null; signal?: AbortSignal }): Promise<ListPage>
  /** Ends normally when the server ends the watch. `410` comes as ApiError with code 410, also when sent inside the stream. */
  watch(
    resource: Resource,
    options: {
      resourceVersion: string
      signal: AbortSignal
      /** After how long the server is asked to end the watch by itself. */
      timeoutSeconds?: number
    },
  ): AsyncIterable<WatchEvent>
  get(address: Address, signal?: AbortSignal): Promise<KubeObject>
  /**
   * `body` is sent as it is: an object, or JSON text written beforehand (ControllerRevision data has fixed bytes).
   * `create`, `delete` and `patch` answer with the object's metadata only (`PartialObjectMetadata`): identity is what
   * matters after a change, and a whole pod costs several times as much to read. A delete that removed the object at
   * once may answer with a `Status` instead.
   */
  create(resource: Resource, namespace: string, body: KubeObject | string, signal?: AbortSignal): Promise<KubeObject>
  delete(address: Address, options: { uid?: string; signal?: AbortSignal }): Promise<KubeObject>
  /**
   * Asks for a pod's eviction (policy/v1). A PodDisruptionBudget that says no answers 429 with the cause `DisruptionBudget`;
   * the same code without it is the server's flow control. Answers with a `Status` that names nothing.
   */
  evict(address: Address, options: { uid: string; signal?: AbortSignal }): Promise<KubeObject>
  /** `body`: a list of operations for `json`, otherwise an object. */
  patch(
    address: Address & { readonly subresource?: 'status' },
    type: PatchType,
    body: KubeObject | readonly KubeObject[],
    signal?: AbortSignal,
  ): Promise<KubeObject>
  /** uid of the namespace kube-system (what identifies a cluster) and the server's version, for example `v1.37.2`. */
  identify(signal?: AbortSignal): Promise<{ readonly clusterUid: string; readonly serverVersion: string }>
  /** Of these rights, those that the credentials lack (SelfSubjectAccessReview). */
  missingRights(rights: readonly Right[], signal?: AbortSignal): Promise<readonly Right[]>
  close(): Promise<void>
}

/** The API server answered, and it was not 2xx: its own `Status`. */
export class ApiError extends Error {
  readonly code: number
  /** `Status.reason`, for example `AlreadyExists`. */
  readonly reason: string
  /** First `details.causes[].reason`, for example `NamespaceTerminating`; empty when there is none. */
  readonly cause_: string
  /** From `Retry-After`, in ms; null when absent. */
  readonly retryAfterMs: number | null
  constructor(fields: { code: number; reason: string; cause: string; message: string; retryAfterMs: number | null }) {
    super(fields.message)
    this.name = 'ApiError'
    this.code = fields.code
    this.reason = fields.reason
    this.cause_ = fields.cause
    this.retryAfterMs = fields.retryAfterMs
  }
}

/** No answer, or half of one: refused, reset, timed out, not TLS, certificate not trusted. */
export class UnreachableError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'UnreachableError'
  }
}
