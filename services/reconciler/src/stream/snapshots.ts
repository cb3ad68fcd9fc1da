import type { Clock } from '@rollcall/service'
import type { StreamCommit } from '@rollcall/store'
import type { Core } from '../core.ts'
import type { ReconcilerMetrics } from '../ports.ts'
import type { ReconcilerSettings } from '../settings.ts'
import type { Stream } from './stream.ts'

type Policy = Pick<ReconcilerSettings, 'snapshotEvery' | 'snapshotIntervalMs' | 'snapshotShareMax'>

/** Whether it is time for a snapshot: enough has changed, and the last one was cheap enough for how long ago it is. */
export function isSnapshotDue(stream: Stream, now: number, policy: Policy): boolean {
  if (stream.changes === 0) return false
  const age = now - stream.snapshotAt
  const isAffordable = stream.snapshotCostMs <= age * policy.snapshotShareMax
  return isAffordable && (stream.changes >= policy.snapshotEvery || age >= policy.snapshotIntervalMs)
}

/** Folding one ledger entry at the next start costs about this (bench/loop.ts). */
const foldMs = 0.1

/** Whether a snapshot at the end is worth it: when folding the changes again would take longer. */
export function isWorthASnapshot(stream: Stream): boolean {
  return stream.changes * foldMs > stream.snapshotCostMs
}

/** Takes a snapshot of the state as it is now. */
export function takeSnapshot(
  core: Core,
  stream: Stream,
  clock: Clock,
  metrics: Pick<ReconcilerMetrics, 'snapshot'>,
): NonNullable<StreamCommit['snapshot']> {
  const start = clock.now()
  const snapshot = {
    position: stream.state.position,
    core: core.version,
    body: core.snapshotOf(stream.state),
    fingerprint: core.fingerprint(stream.state),
  }
  const end = clock.now()
  stream.snapshotCostMs = end - start
  stream.snapshotAt = end
  stream.changes = 0
  metrics.snapshot((end - start) / 1_000)
  return snapshot
}
