import type { EventLog } from '@rollcall/event-log'
import type { ClusterApi } from '@rollcall/kube'
import type { Clock, Logger, Random, Timers } from '@rollcall/service'
import type { Store } from '@rollcall/store'

export type { Clock, Logger, Random, Timers } from '@rollcall/service'

/** What the executor counts. Each method is one series of `metrics.ts`. */
export interface ExecutorMetrics {
  /** A command has its outcome. `seconds`: since it arrived. */
  settled(cluster: string, type: string, result: string, seconds: number): void
  /** An attempt is tried again later. `why`: throttled, overloaded, failed, conflict, unauthorized. */
  retried(cluster: string, type: string, why: string): void
  /** One request got an answer (its HTTP code), or none (`unreachable`). */
  requested(cluster: string, verb: string, resource: string, code: string, seconds: number): void
  /** A cluster's lane, now. */
  lane(cluster: string, state: { limit: number; running: number; held: number; paused: boolean }): void
  /** A Kubernetes Event was `written`, `counted` (patched), `shaped` away, `dropped` or `failed`. */
  kubeEvent(cluster: string, what: string): void
  /** A command that could not be read. */
  unreadable(code: string): void
  /** A partition's epoch was taken by another process. */
  fenced(): void
}

/** Everything the executor touches of the world. */
export type ExecutorPorts = {
  readonly log: EventLog
  readonly store: Store
  /** The API of a cluster; undefined when this executor has no credentials for it. Asked again now and then. */
  readonly clusterApi: (cluster: string) => ClusterApi | undefined
  /** Clusters to check rights on from the start. */
  readonly clusters: readonly string[]
  readonly clock: Clock
  readonly timers: Timers
  readonly random: Random
  readonly logger: Logger
  readonly metrics: ExecutorMetrics
  /** Name of this process: who holds an epoch. */
  readonly process: string
}
