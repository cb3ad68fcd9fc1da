import type { DecisionPoint } from '@rollcall/contracts'
import { chainHash, chainStart } from './ledger/chain.ts'
import { dayOf } from './ledger/days.ts'
import { eventRecord, type LedgerRecord, pointRecord } from './ledger/records.ts'
import { type Projection, projectEvent, projectPoint, startProjection } from './projections/project.ts'
import type { PlacementRow } from './projections/rows.ts'
import { BrokenInvariantError, type StreamCommit } from './store.ts'

/** Where a stream's ledger ends. */
export type StreamEnd = {
  readonly lastPosition: number
  readonly lastSeq: number
  readonly headHash: Buffer
  /** The stream's time; null while there is no event. */
  readonly lastAt: number | null
  /** Which cluster answered last; null while none has. */
  readonly clusterUid: string | null
}
export const streamStart: StreamEnd = {
  lastPosition: 0,
  lastSeq: 0,
  headHash: chainStart,
  lastAt: null,
  clusterUid: null,
}

/** The records of one stream commit, encoded before the transaction begins: nothing is locked meanwhile. */
export type EncodedStream = { readonly commit: StreamCommit; readonly events: readonly LedgerRecord[] }

export type PlannedRow = LedgerRecord & {
  readonly cluster: string
  readonly hash: Buffer
  /** UTC day of the stream's time, counted from 1970-01-01. */
  readonly day: number
}
export type PlannedSnapshot = NonNullable<StreamCommit['snapshot']> & { readonly cluster: string; readonly seq: number }

/** All that one batch writes, worked out in memory: both stores write the same. */
export type Plan = {
  readonly ledger: readonly PlannedRow[]
  readonly projection: Projection
  readonly snapshots: readonly PlannedSnapshot[]
  readonly ends: ReadonlyMap<string, StreamEnd>
}

/** `ledger.seq` has two bytes. */
const seqMax = 32_767

export function encodeStreams(streams: readonly StreamCommit[]): EncodedStream[] {
  return streams.map(stream => ({
    commit: stream,
    events: stream.events.map(({ position, event }) => eventRecord(position, event)),
  }))
}

/**
 * Works out what a batch writes, from where its streams end and what its projections build on.
 * @throws BrokenInvariantError when positions do not continue the stream
 */
export function planBatch(
  streams: readonly EncodedStream[],
  before: ReadonlyMap<string, StreamEnd>,
  openPlacements: readonly PlacementRow[],
): Plan {
  const ledger: PlannedRow[] = []
  const snapshots: PlannedSnapshot[] = []
  const projection = startProjection(openPlacements)
  const ends = new Map(before)

  for (const { commit, events } of streams) {
    const { cluster } = commit
    let end = ends.get(cluster) ?? streamStart
    const append = (record: LedgerRecord) => {
      if (record.seq > seqMax) {
        throw new BrokenInvariantError(cluster, record.position, `more than ${seqMax} decision points at one position`)
      }
      const hash = chainHash(end.headHash, { cluster, position: record.position, seq: record.seq }, record.text)
      const lastAt = Math.max(end.lastAt ?? 0, record.at)
      ledger.push({ ...record, cluster, hash, day: dayOf(lastAt) })
      end = { ...end, lastPosition: record.position, lastSeq: record.seq, headHash: hash, lastAt }
    }

    for (const [index, folded] of commit.events.entries()) {
      expectNext(cluster, end, folded.position, folded.event.cluster)
      append(events[index] as LedgerRecord)
      projectEvent(projection, cluster, folded)
      if (folded.event.type === 'ClusterIdentified') {
        const { clusterUid } = folded.event
        if (end.clusterUid !== null && end.clusterUid !== clusterUid) forgetWatchPositions(projection, cluster)
        end = { ...end, clusterUid }
      }
    }
    const point = commit.decisionPoint
    if (point) {
      expectHere(cluster, end, point.position, 'a decision point')
      expectIssuedHere(cluster, point)
      append(pointRecord(end.lastSeq + 1, point))
      projectPoint(projection, cluster, end.lastSeq, point)
    }
    for (const [kind, resourceVersion] of commit.watchPositions) {
      projection.watchPositions.set(`${cluster}\u0000${kind}`, { cluster, kind, resourceVersion })
    }
    if (commit.snapshot) {
      expectHere(cluster, end, commit.snapshot.position, 'a snapshot')
      snapshots.push({ ...commit.snapshot, cluster, seq: end.lastSeq })
    }
    ends.set(cluster, end)
  }
  return { ledger, projection, snapshots, ends }
}

/** Another cluster answers under the name: what was reached in the old one means nothing there. */
function forgetWatchPositions({ watchPositions, replacedClusters }: Projection, cluster: string): void {
  replacedClusters.add(cluster)
  for (const [key, position] of watchPositions) if (position.cluster === cluster) watchPositions.delete(key)
}

function expectNext(cluster: string, end: StreamEnd, position: number, eventCluster: string): void {
  if (position !== end.lastPosition + 1) {
    const word = position <= end.lastPosition ? 'overlaps' : 'leaves a gap behind'
    throw new BrokenInvariantError(cluster, position, `the event ${word} the last position ${end.lastPosition}`)
  }
  if (eventCluster !== cluster) {
    throw new BrokenInvariantError(cluster, position, `the event belongs to stream ${eventCluster}`)
  }
}

function expectHere(cluster: string, end: StreamEnd, position: number, what: string): void {
  if (position === end.lastPosition) return
  throw new BrokenInvariantError(cluster, position, `${what} must stand at the last position ${end.lastPosition}`)
}

function expectIssuedHere(cluster: string, { position, commands }: DecisionPoint): void {
  const stray = commands.find(command => command.cluster !== cluster || command.position !== position)
  if (!stray) return
  const where = `${stray.cluster} at position ${stray.position}`
  throw new BrokenInvariantError(cluster, position, `command ${stray.id} decided here says it is of ${where}`)
}
