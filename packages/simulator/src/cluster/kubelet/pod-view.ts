import type { Random } from '@rollcall/service'
import type { EventType } from '../event-recorder.ts'
import type { ContainerStatus, Node, Pod } from '../kinds.ts'
import type { NodeUsage } from '../scheduler/node-usage.ts'
import type { Images } from './images.ts'
import type { KubeletTimings } from './timings.ts'

/** A pod as its kubelet sees it: what stages look at. */
export type PodView = {
  readonly pod: Pod
  /** Null when the Node object is gone while its kubelet lives on. */
  readonly node: Node | null
  readonly nodeName: string
  readonly usage: NodeUsage
  readonly images: Images
  /** Failed pulls in a row. */
  readonly pullFailures: number
  /** A story wants its containers to crash. */
  readonly isToldToCrash: boolean
  /** A story wants it unready. */
  readonly isToldUnready: boolean
  readonly timings: KubeletTimings
}

/** An Event the kubelet writes about a pod or one of its containers. */
export type PodEvent = {
  readonly type: EventType
  readonly reason: string
  readonly message: string
  readonly container?: string
}

/** What comes of a stage. */
export type Next = {
  readonly status?: Pod['status']
  /** The pod is gone from the node: its object may go. */
  readonly remove?: true
  readonly events?: readonly PodEvent[]
  /** Images that lie on the node from now on. */
  readonly pulled?: readonly string[]
  /** The pull failed once more, or worked. */
  readonly pull?: 'failed' | 'worked'
}

/**
 * One behaviour of a kubelet, declared as KWOK declares its stages: which pods are in it, for how long, and what comes of
 * it. A pod is in the first stage that selects it.
 */
export type Stage = {
  readonly name: string
  readonly selects: (view: PodView) => boolean
  /** In ms, from when the pod came into the stage. */
  readonly delayMs: (view: PodView, random: Random) => number
  /** Written when the pod comes into the stage. */
  readonly begins?: (view: PodView) => readonly PodEvent[]
  readonly next: (view: PodView, tools: { readonly now: string; readonly random: Random }) => Next
}

export function statusesOf({ pod }: PodView): readonly ContainerStatus[] {
  return pod.status.containerStatuses ?? []
}

/** Whether a container waits for this reason. */
export function waitsFor(status: ContainerStatus, ...reasons: readonly string[]): boolean {
  return 'waiting' in status.state && reasons.includes(status.state.waiting.reason)
}

export function imageOf({ pod }: PodView, container: string): string {
  return pod.spec.containers.find(({ name }) => name === container)?.image ?? ''
}
