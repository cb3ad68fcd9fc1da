import type { JsonObject, Kind, Manifest } from './manifest.ts'
import type { Aged } from './objects.ts'

/** What a case needs that the world it is played in does not have. */
export type Need =
  | 'executor'
  | 'API server'
  | 'scheduler'
  | 'simulator'
  | 'takeover'
  | 'an alpha feature gate that is off'
  | 'the inside of the built-in controller'

/** An object by kind and name; namespaced ones live in `default` unless told otherwise. */
export type Ref = { readonly kind: Kind; readonly name: string; readonly namespace?: string }

export type Refusal = {
  readonly what: 'create Pod' | 'delete Pod' | 'adopt Pod' | 'write status' | 'create ControllerRevision'
  /** Requests that still succeed before the first refusal. */
  readonly after?: number
  /** How many are refused; absent: all, until `allow`. */
  readonly times?: number
  readonly code?: number
  readonly reason?: string
  readonly cause?: string
}

/** What can be seen from outside, at one moment. Objects in the order of their names. */
export type View = {
  readonly nodes: readonly Manifest[]
  readonly pods: readonly Manifest[]
  readonly daemonSets: readonly Manifest[]
  readonly revisions: readonly Manifest[]
  /** `Warning FailedDaemonPod` and the like, in order, except SuccessfulCreate and SuccessfulDelete (spec §9, conventions). */
  readonly events: readonly string[]
  /** Pods the controller created and deleted (refused attempts included), and status writes, since the beginning. */
  readonly creations: number
  readonly deletions: number
  readonly statusWrites: number
}

/**
 * A cluster with a DaemonSet controller, as a scenario sees it: the pure core over objects in memory, the simulator, or
 * a real control plane. Nothing here knows which.
 */
export interface World {
  /** Creates or replaces an object. */
  put(object: Aged): Promise<void>
  /** A JSON merge patch; `subresource` status as the kubelet or the node controllers write it. */
  patch(ref: Ref, patch: JsonObject): Promise<void>
  /** As a user's delete; the policy concerns DaemonSets (spec §6.3). */
  remove(ref: Ref, policy?: 'Background' | 'Foreground' | 'Orphan'): Promise<void>
  /** Ends a pod at once, as the kubelet or the pod garbage collector does, whatever its finalizers. */
  end(ref: Ref): Promise<void>
  /** The kubelet of this node answers no more: pods being deleted stay. */
  silence(node: string): Promise<void>
  refuse(refusal: Refusal): Promise<void>
  /** Refuses nothing any more. */
  allow(): Promise<void>
  pass(seconds: number): Promise<void>
  /** Waits until nothing more happens without time passing. */
  settle(): Promise<void>
  view(): Promise<View>
}
