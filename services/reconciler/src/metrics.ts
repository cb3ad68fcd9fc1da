import { Counter, Gauge, Histogram, type Registry } from '@rollcall/service'
import type { ReconcilerMetrics } from './ports.ts'

const seconds = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10]

/** The reconciler's series in a Prometheus registry. */
export function createReconcilerMetrics(registry: Registry): ReconcilerMetrics {
  const registers = [registry]
  const counter = <L extends string>(name: string, help: string, labelNames: L[] = []) =>
    new Counter<L>({ name: `rollcall_reconciler_${name}`, help, labelNames, registers })
  const gauge = <L extends string>(name: string, help: string, labelNames: L[] = []) =>
    new Gauge<L>({ name: `rollcall_reconciler_${name}`, help, labelNames, registers })
  const histogram = (name: string, help: string, buckets: number[]) =>
    new Histogram({ name: `rollcall_reconciler_${name}`, help, buckets, registers })

  const events = counter('events_total', 'Events read, by type, and whether they folded to something.', [
    'type',
    'folded',
  ])
  const deadLetters = counter('dead_letters_total', 'Records set aside, by reason.', ['code'])
  const clockAhead = counter('clock_ahead_total', "Events whose writer's clock was more than 60 s ahead.")
  const decisions = counter('decisions_total', 'Decisions recorded.')
  const commands = counter('commands_total', 'Commands decided, by type.', ['type'])
  const holds = gauge('holds_open', 'Deletions held by the guard that wait for somebody.', ['cluster'])
  const heldNodes = gauge('held_nodes', 'Nodes whose pods those holds keep.', ['cluster'])
  const undecidable = counter('undecidable_total', 'Times that deciding threw: a defect.', ['cluster'])
  const commitFailures = counter('commit_failures_total', 'Commits that failed and were tried again.', ['code'])
  const fenced = counter('fenced_total', 'Times that another process took a partition of ours.')
  const published = counter('commands_published_total', 'Commands appended to the log.')
  const publishFailures = counter('publish_failures_total', 'Appends and marks of commands that were tried again.')
  const unpublished = gauge('commands_unpublished', 'Committed commands that wait for being appended.', ['partition'])
  const ticks = counter('ticks_total', 'Ticks appended.')
  const snapshots = histogram('snapshot_seconds', 'Time to take a snapshot.', seconds)
  const restores = histogram('restore_seconds', 'Time to load a stream: snapshot, and the ledger behind it.', seconds)
  const restoredEntries = counter('restored_entries_total', 'Ledger entries folded when loading streams.')
  const unusable = counter('snapshots_unusable_total', 'Snapshots left aside because they could not be trusted.')
  const truncated = counter('truncated_records_total', 'Records that retention took before they were read.')
  const batchRecords = histogram('batch_records', 'Records in one commit.', [1, 3, 10, 30, 100, 300, 1_000, 3_000])
  const foldSeconds = histogram('fold_seconds', 'Time to fold and decide what one commit holds.', seconds)
  const commitSeconds = histogram('commit_seconds', 'Time of one commit.', seconds)
  const lag = gauge('lag_seconds', "From the last event's time to its commit.", ['partition'])
  const ownedPartitions = gauge('partitions', 'Partitions owned.')
  const ownedStreams = gauge('streams', 'Streams in memory.')

  return {
    batch(partition, figures) {
      batchRecords.observe(figures.records)
      foldSeconds.observe(figures.foldMs / 1_000)
      commitSeconds.observe(figures.commitMs / 1_000)
      if (figures.lagMs !== null) lag.set({ partition: String(partition) }, figures.lagMs / 1_000)
    },
    folded: (type, count) => events.inc({ type, folded: 'yes' }, count),
    nothing: (type, count) => events.inc({ type, folded: 'no' }, count),
    deadLetter: code => deadLetters.inc({ code }),
    clockAhead: events => clockAhead.inc(events),
    decided: count => decisions.inc(count),
    commanded: (type, count) => commands.inc({ type }, count),
    held(cluster, count, nodes) {
      holds.set({ cluster }, count)
      heldNodes.set({ cluster }, nodes)
    },
    undecidable: cluster => undecidable.inc({ cluster }),
    commitFailed: code => commitFailures.inc({ code }),
    fenced: () => fenced.inc(),
    published: count => published.inc(count),
    publishFailed: () => publishFailures.inc(),
    unpublished: (partition, count) => unpublished.set({ partition: String(partition) }, count),
    ticked: () => ticks.inc(),
    snapshot: took => snapshots.observe(took),
    restored(entries, took) {
      restores.observe(took)
      restoredEntries.inc(entries)
    },
    snapshotUnusable: () => unusable.inc(),
    truncated: count => truncated.inc(count),
    owned(_topic, partitions, streams) {
      ownedPartitions.set(partitions)
      ownedStreams.set(streams)
    },
  }
}
