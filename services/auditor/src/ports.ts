import type { IntentRouteName, RouteName } from '@rollcall/contracts/api'
import type { EventLog } from '@rollcall/event-log'
import type { Clock, Logger, Timers } from '@rollcall/service'
import type { AuditStore } from '@rollcall/store'
import type { Users } from './intents/users.ts'

/** Everything the auditor touches of the world. */
export type AuditorPorts = {
  readonly store: AuditStore
  /** Where intents go; null: nothing can be asked for. */
  readonly log: Pick<EventLog, 'append'> | null
  /** Clusters in which nothing can act, whatever is asked for. */
  readonly onlyObserved?: ReadonlySet<string>
  /** Who may ask for something; null: nobody. */
  readonly users: Users | null
  readonly clock: Clock
  readonly timers: Timers
  readonly logger: Logger
  readonly metrics: AuditorMetrics
}

/** What the auditor counts. Each method is one series of `metrics.ts`. */
export interface AuditorMetrics {
  answered(route: RouteName | IntentRouteName | 'other', status: number, seconds: number): void
  followers(count: number): void
  told(events: number): void
  cutOff(): void
  /** A request without a token that is somebody's: `wrong`, or `none` where one is needed. */
  refused(token: 'wrong' | 'none'): void
}

export const silentMetrics: AuditorMetrics = {
  answered: () => undefined,
  followers: () => undefined,
  told: () => undefined,
  cutOff: () => undefined,
  refused: () => undefined,
}
