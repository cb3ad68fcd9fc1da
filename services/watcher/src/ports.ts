import type { GuardSettings, Rate } from '@rollcall/contracts'
import type { EventLog } from '@rollcall/event-log'
import type { ClusterApi } from '@rollcall/kube'
import type { Clock, Health, Logger, Random, Registry, Timers } from '@rollcall/service'
import type { Store } from '@rollcall/store'
import type { AuditWebhookSettings } from './audit/audit-webhook.ts'

/** What the watcher needs of the store: it reads where it had got to, and holds leases; it never writes. */
export type WatcherStore = Pick<Store, 'tryLease' | 'watchPositions' | 'clusterUid'>

/** Every edge of the watcher. */
export type WatcherPorts = {
  readonly clusters: readonly ClusterApi[]
  readonly eventLog: Pick<EventLog, 'append'>
  readonly store: WatcherStore
  readonly clock: Clock
  readonly timers: Timers
  readonly random: Random
  readonly logger: Logger
  readonly registry: Registry
  readonly health: Health
}

export type Mode = 'control' | 'observe'

/** How the watcher behaves; each has a default in `config.ts`. */
export type WatcherSettings = {
  /** Mode of the clusters that `controlClusters` does not name. */
  readonly mode: Mode
  /** null: what would be deleted is never held. */
  readonly guard: GuardSettings | null
  /** How many pods are created in a time in each cluster; null: as many as are wanted. */
  readonly creationRate: Rate | null
  readonly controlClusters: readonly string[]
  /** `relevant`: pods a DaemonSet owns or could adopt. `all`: every pod. */
  readonly pods: 'relevant' | 'all'
  /** Begin with a list, wherever an earlier watcher had got to: the log may lack what it saw. */
  readonly relist: boolean
  readonly pageSize: number
  readonly silenceMs: number
  /** Events that may wait for the log, per cluster; more wait in the API server's connection. */
  readonly queueMax: number
  readonly leaseRetryMs: number
  readonly rightsRetryMs: number
  readonly progressMs: number
  /** null: no audit webhook is listened to. */
  readonly audit: Omit<AuditWebhookSettings, 'pods'> | null
}
