import type { ReconcilerPorts } from '../ports.ts'
import type { Ahead } from './read-batch.ts'

/** A clock stays wrong for long, and every event of its host tells: said once in this time. */
const sayEveryMs = 60_000

/** Counts events whose writer's clock is ahead of ours, and says so. */
export function createClockAhead(ports: Pick<ReconcilerPorts, 'clock' | 'logger' | 'metrics'>, partition: number) {
  let saidAt = Number.NEGATIVE_INFINITY
  return (ahead: Ahead | null): void => {
    if (ahead === null) return
    ports.metrics.clockAhead(ahead.events)
    const now = ports.clock.now()
    if (now - saidAt < sayEveryMs) return
    saidAt = now
    const { events, cluster, type, ms } = ahead
    ports.logger.warn(
      { partition, cluster, type, events, aheadMs: Math.round(ms) },
      `the clock of who wrote a ${type} of ${cluster} is ${Math.round(ms / 1_000)} s ahead of this host's: its events count as ` +
        'written now. Mend the clock (NTP) of that host, or of this one',
    )
  }
}
