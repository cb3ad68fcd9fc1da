import type { JsonObject, Kind, Manifest } from './manifest.ts'
import type { Aged } from './objects.ts'

/** What a case needs and not every world has. */
export type Need =
  /** Time passes only when the story says so: what waits for a second can be looked at in its last millisecond. */
  | 'exact time'
  /** It settles within a small part of the second that things wait for. */
  | 'quick looks'
  /** What is put there together is there at one moment, also for a controller that looks on. */
  | 'one moment'
  /** Minutes may pass. */
  | 'long time'
  /** Objects can be older than the story. */
  | 'ages'
  /** Owners can be named that never were, and nobody collects what they own. */
  | 'owners that never were'
  /** Requests of the controller can be refused. */
  | 'refusals'
  /** What the controller asks of the API server can be read, and an answer be lost. */
  | 'requests'
  /** Its status writes can be counted. */
  | 'status writes'
  /** The watch of a kind can be late. */
  | 'a late watch'
  /** Objects are checked and defaulted, names and versions are given, as kube-apiserver does it. */
  | 'API server'
  | 'scheduler'
  /** Rollcall, and not the built-in controller: how it does what both do. */
  | 'rollcall'
  /** The controller can be replaced by one that knows nothing of before. */
  | 'takeover'

/** An object by kind and name; namespaced ones live in `default` unless told otherwise. */
export type Ref = { readonly kind: Kind; readonly name: string; readonly namespace?: string }

export const refOf = ({ kind, metadata: { name, namespace } }: Manifest): Ref => ({
  kind,
  name,
  ...(kind === 'Node' ? {} : { namespace: namespace ?? 'default' }),
})

export type Refusal = {
  readonly what:
    | 'create Pod'
    | 'delete Pod'
    | 'adopt Pod'
    | 'write status'
    | 'read DaemonSet'
    | 'create ControllerRevision'
  /** Requests that still succeed before the first refusal. */
  readonly after?: number
  /** How many are refused; absent: all, until `allow`. */
  readonly times?: number
  readonly code?: number
  readonly reason?: string
  readonly cause?: string
  /** It is done all the same, and only the answer is lost. */
  readonly isLost?: boolean
}

/** One thing that the controller asked of the API server, but for lists and watches. */
export type ApiRequest = {
  readonly verb: 'get' | 'create' | 'delete' | 'patch'
  readonly kind: string
  readonly namespace: string
  readonly name: string
  readonly subresource?: string
  readonly body: JsonObject
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
  /** All requests of the controller for one object since the beginning, in order; empty where they are no requests. */
  readonly requests: readonly ApiRequest[]
}

/**
 * A cluster with a DaemonSet controller, as a scenario sees it: the pure core over objects in memory, the simulator, or
 * a real control plane. Nothing here knows which.
 */
export interface World {
  readonly offers: ReadonlySet<Need>
  /** How long an expectation that does not hold yet is given to come true: 0 where nothing comes later. */
  readonly patienceMs: number
  /** Creates or replaces objects. */
  put(objects: readonly Aged[]): Promise<void>
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
  /** From now on the controller is not told of changes of this kind, until `catchUp`. */
  late(kind: Kind): Promise<void>
  catchUp(): Promise<void>
  /** Another controller takes the place of the present one, and learns all from the cluster: an upgrade, or a takeover. */
  takeOver(): Promise<void>
  pass(seconds: number): Promise<void>
  /** Waits until nothing more happens without time passing. */
  settle(): Promise<void>
  view(): Promise<View>
  /** Tells of every moment that it can tell from the one before. */
  witness(see: (view: View) => void): void
  /** Ends what it has started. */
  close(): Promise<void>
}
