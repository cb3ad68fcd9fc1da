import type { ClusterApi } from '@rollcall/kube'
import type { Backoff } from '@rollcall/service'
import type { Settlement } from '../apply/settlement.ts'
import type { Clock, ExecutorMetrics, Logger, Random, Timers } from '../ports.ts'
import type { LimitOptions } from './adaptive-limit.ts'
import type { HeldCommand } from './held-command.ts'

export type LaneOptions = {
  readonly limit: LimitOptions
  /** No answer within this counts as no answer. */
  readonly requestTimeoutMs: number
  /** Between attempts of one command. */
  readonly backoff: Backoff
  /** A command held back by trouble for this long is reported, then at growing intervals. */
  readonly reportAfterMs: number
  /** Commands held; beyond that whoever brings more waits. */
  readonly heldMax: number
}

export type LanePorts = {
  readonly clusterApi: (cluster: string) => ClusterApi | undefined
  readonly clock: Clock
  readonly timers: Timers
  readonly random: Random
  readonly logger: Logger
  readonly metrics: ExecutorMetrics
  /** Takes an outcome over; `appended` is told when it lies in the log. */
  readonly settled: (held: HeldCommand, settlement: Settlement, appended: () => void) => void
  readonly delayed: (held: HeldCommand, message: string) => void
  /** False while outcomes pile up because the log takes none: then nothing more is begun. */
  readonly logKeepsUp: () => boolean
}
