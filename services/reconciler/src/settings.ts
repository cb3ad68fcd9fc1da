import type { Backoff } from '@rollcall/service'
import type { PartitionUnit } from '@rollcall/store'

/** How the reconciler works: what of it can be set from outside is in `config.ts`. */
export type ReconcilerSettings = {
  /** Consumer group; also names the ownership of partitions in the store. */
  readonly group: string
  /** A snapshot after so many events of a stream … */
  readonly snapshotEvery: number
  /** … or after this time with changes, whichever comes first. */
  readonly snapshotIntervalMs: number
  /** How much time one partition of the ledger holds; those that are there stay as they are. */
  readonly ledgerPartition: PartitionUnit
  /** With a key: a checkpoint after so many positions of a stream … */
  readonly checkpointEvery: number
  /** … or after this time with changes, whichever comes first. */
  readonly checkpointIntervalMs: number
  /** Share of time that snapshots of one stream may take: a dear one comes less often. */
  readonly snapshotShareMax: number
  /** Records folded in one transaction at most. */
  readonly recordsPerCommitMax: number
  /** While records stream in, batches begin at least so far apart: each costs a commit, whatever it holds. */
  readonly gatherMs: number
  /** Decision points of one stream in one transaction at most; what is left follows in the next one. */
  readonly decisionPointsPerCommitMax: number
  /** Commands that wait for being published, per partition, before the next batch must wait. */
  readonly unpublishedMax: number
  /** Commands in one append to the log at most. */
  readonly commandsPerAppendMax: number
  /** Ticks of one stream are at least so far apart: one tick serves all that fell due meanwhile. */
  readonly tickIntervalMinMs: number
  /** After a restart a tick that is overdue waits so long: it may lie in the log already. */
  readonly tickGraceMs: number
  /** How long a process that lost the epoch waits, while the group still names it the owner, before it takes it back. */
  readonly retakeAfterMs: number
  /** How long a stream whose decision threw is only recorded. */
  readonly undecidableMs: number
  /** Between attempts against a store or log that does not answer. */
  readonly backoff: Backoff
  /** After commits: fold snapshot and ledger anew and compare fingerprints. 0: never, n: after each n-th commit. */
  readonly verifyEvery: number
  /** How long a stop may spend on snapshots and on commands under way. */
  readonly drainMsMax: number
}

export const defaultSettings: ReconcilerSettings = {
  group: 'rollcall-reconciler',
  snapshotEvery: 10_000,
  snapshotIntervalMs: 600_000,
  ledgerPartition: 'month',
  checkpointEvery: 10_000,
  checkpointIntervalMs: 60_000,
  snapshotShareMax: 0.05,
  recordsPerCommitMax: 5_000,
  gatherMs: 100,
  decisionPointsPerCommitMax: 4,
  unpublishedMax: 20_000,
  commandsPerAppendMax: 1_000,
  tickIntervalMinMs: 250,
  tickGraceMs: 1_000,
  retakeAfterMs: 8_000,
  undecidableMs: 30_000,
  backoff: { baseMs: 100, maxMs: 10_000 },
  verifyEvery: 0,
  drainMsMax: 10_000,
}
