import type { RouteName } from '@rollcall/contracts/api'
import type { Clock, Logger, Timers } from '@rollcall/service'
import type { AuditStore } from '@rollcall/store'

/** Everything the auditor touches of the world. */
export type AuditorPorts = {
  readonly store: AuditStore
  readonly clock: Clock
  readonly timers: Timers
  readonly logger: Logger
  readonly metrics: AuditorMetrics
}

/** What the auditor counts. Each method is one series of `metrics.ts`. */
export interface AuditorMetrics {
  answered(route: RouteName | 'other', status: number, seconds: number): void
  followers(count: number): void
  told(events: number): void
  cutOff(): void
}

export const silentMetrics: AuditorMetrics = {
  answered: () => undefined,
  followers: () => undefined,
  told: () => undefined,
  cutOff: () => undefined,
}
