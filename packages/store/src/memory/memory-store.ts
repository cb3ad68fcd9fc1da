import type { Command, Kind, TopicName } from '@rollcall/contracts'
import { type Checkpoint, checkpointDigest, checkpointStart } from '../checkpoints/checkpoint.ts'
import { judgeCheckpoints } from '../checkpoints/judge.ts'
import { checkpointKey } from '../checkpoints/keys.ts'
import { readRecord } from '../ledger/records.ts'
import { isBehind } from '../ledger/row-place.ts'
import { encodeStreams, type PlannedRow, type PlannedSnapshot, planBatch, type StreamEnd } from '../plan.ts'
import { placementKey } from '../projections/placements.ts'
import type { ClusterIdentity } from '../projections/project.ts'
import type {
  CommandRow,
  DecisionRow,
  HoldRow,
  IntentRow,
  ObjectRow,
  PlacementRow,
  Settlement,
} from '../projections/rows.ts'
import { touchesOf } from '../projections/touches.ts'
import type { LedgerPageRow } from '../sql/read-ledger-page.ts'
import {
  type BatchCommit,
  type DeadLetter,
  type LedgerEntry,
  type LoadOptions,
  type Moment,
  type Ownership,
  StaleOwnerError,
  type Store,
  StoreError,
  type StreamHistory,
} from '../store.ts'
import { type ChainReport, reportCheckpoints, verifyRows, walkStart } from '../verify-chain.ts'
import { applyPlan, keepDeadLetters } from './apply-plan.ts'
import { createMemoryLeases } from './memory-leases.ts'

/** All that a memory store remembers. Outlives the store: open another one over it, as a process does after a crash. */
export type MemoryTables = {
  readonly owners: Map<string, { epoch: number; process: string; nextOffset: bigint | null }>
  readonly ends: Map<string, StreamEnd & { readonly partition: string }>
  readonly identities: Map<string, ClusterIdentity>
  readonly ledger: Map<string, PlannedRow[]>
  readonly checkpoints: Map<string, Checkpoint[]>
  readonly checkpointKeys: Set<string>
  readonly snapshots: Map<string, PlannedSnapshot[]>
  readonly decisions: DecisionRow[]
  readonly commands: Map<string, CommandRow>
  readonly published: Set<string>
  readonly settlements: Map<string, Settlement>
  readonly placements: PlacementRow[]
  readonly openPlacements: Map<string, PlacementRow>
  readonly nodes: Map<string, ObjectRow<unknown>>
  readonly daemonSets: Map<string, ObjectRow<unknown>>
  readonly revisions: Map<string, ObjectRow<unknown>>
  /** By cluster and id. */
  readonly intents: Map<string, IntentRow>
  readonly holds: Map<string, HoldRow>
  readonly watchPositions: Map<string, Map<Kind, string>>
  readonly deadLetters: (DeadLetter & { readonly topic: TopicName; readonly partition: number })[]
  readonly leases: Map<string, AbortController>
}

export function createMemoryTables(): MemoryTables {
  return {
    owners: new Map(),
    ends: new Map(),
    identities: new Map(),
    ledger: new Map(),
    checkpoints: new Map(),
    checkpointKeys: new Set(),
    snapshots: new Map(),
    decisions: [],
    commands: new Map(),
    published: new Set(),
    settlements: new Map(),
    placements: [],
    openPlacements: new Map(),
    nodes: new Map(),
    daemonSets: new Map(),
    revisions: new Map(),
    intents: new Map(),
    holds: new Map(),
    watchPositions: new Map(),
    deadLetters: [],
    leases: new Map(),
  }
}

export type MemoryStoreOptions = {
  /**
   * For tests and simulation: called before and after every call that writes; what it throws is what the caller gets.
   * Thrown `after`, the call has taken effect and nobody was told: an answer lost on the way.
   */
  readonly interrupt?: (
    call: 'takeOwnership' | 'commitBatch' | 'commitOffset' | 'markPublished',
    moment: 'before' | 'after',
  ) => void | Promise<void>
}

export type MemoryStore = Store & {
  readonly tables: MemoryTables
  verifyChain(cluster: string): Promise<ChainReport>
}

export const partitionKey = (group: string, topic: TopicName, partition: number): string =>
  `${group}\u0000${topic}\u0000${partition}`

/** The store in memory: same port, same rules, for tests and for simulation. Several stores may share tables. */
export function createMemoryStore(
  tables: MemoryTables = createMemoryTables(),
  { interrupt = () => undefined }: MemoryStoreOptions = {},
): MemoryStore {
  const leases = createMemoryLeases(tables.leases)
  let closed = false

  const open = () => {
    if (closed) throw new StoreError('failed', 'the store is closed')
  }
  const expectOwner = (owner: Ownership) => {
    const known = tables.owners.get(partitionKey(owner.group, owner.topic, owner.partition))
    if (known?.epoch !== owner.epoch) throw new StaleOwnerError(owner, known?.epoch ?? 0)
    return known
  }

  const store: MemoryStore = {
    tables,
    async ready() {
      open()
    },

    async takeOwnership(group, topic, partition, process) {
      open()
      const key = partitionKey(group, topic, partition)
      const before = tables.owners.get(key)
      const now = { epoch: (before?.epoch ?? 0) + 1, process, nextOffset: before?.nextOffset ?? null }
      tables.owners.set(key, now)
      return { owner: { group, topic, partition, epoch: now.epoch }, nextOffset: now.nextOffset }
    },

    async commitBatch(commit: BatchCommit) {
      open()
      const owner = expectOwner(commit.owner)
      // The plan changes the rows it is given; the tables change only when all of it is known to hold.
      const touched = touchedPlacements(tables, commit).map(row => ({ ...row }))
      const plan = planBatch(encodeStreams(commit.streams), tables.ends, touched)
      applyPlan(tables, commit, plan)
      owner.nextOffset = commit.nextOffset
    },

    async commitOffset(owner, nextOffset, deadLetters = []) {
      open()
      expectOwner(owner).nextOffset = nextOffset
      keepDeadLetters(tables, owner, deadLetters)
    },

    async streamsOf(group, topic, partition) {
      open()
      const key = partitionKey(group, topic, partition)
      return [...tables.ends].flatMap(([cluster, end]) => (end.partition === key ? [cluster] : [])).sort()
    },

    async loadStream(cluster: string, { acceptsCore = () => true, upTo }: LoadOptions = {}): Promise<StreamHistory> {
      open()
      const ledger = tables.ledger.get(cluster) ?? []
      const snapshot =
        tables.snapshots
          .get(cluster)
          ?.findLast(one => acceptsCore(one.core) && (upTo === undefined || isUpTo(one, upTo, ledger))) ?? null
      const behind = ledger.filter(row => !snapshot || isBehind(row, snapshot))
      return {
        cluster,
        lastPosition: tables.ends.get(cluster)?.lastPosition ?? 0,
        snapshot: snapshot && {
          position: snapshot.position,
          core: snapshot.core,
          body: structuredClone(snapshot.body),
          fingerprint: snapshot.fingerprint,
        },
        entries: entriesOf(cluster, behind),
      }
    },

    readLedger(cluster, fromPosition = 0) {
      const rows = tables.ledger.get(cluster) ?? []
      return entriesOf(
        cluster,
        rows.filter(row => row.position >= fromPosition),
      )
    },

    async signCheckpoint(cluster, signer, at) {
      open()
      const end = tables.ends.get(cluster)
      const signed = tables.checkpoints.get(cluster) ?? []
      const before = signed.at(-1)
      if (!end || (before?.position === end.lastPosition && before.seq === end.lastSeq)) return null
      const previous = before ? checkpointDigest(before) : checkpointStart
      const place = { position: end.lastPosition, seq: end.lastSeq, head: end.headHash }
      const checkpoint = signer.sign({ cluster, ...place, at, previous })
      tables.checkpointKeys.add(signer.publicKey)
      tables.checkpoints.set(cluster, [...signed, checkpoint])
      return checkpoint
    },

    async makePartitions() {
      open()
      return []
    },

    async unpublishedCommands(clusters) {
      open()
      const wanted = new Set(clusters)
      return [...tables.commands.values()]
        .filter(({ id, cluster }) => wanted.has(cluster) && !tables.published.has(id) && !tables.settlements.has(id))
        .map(commandOf)
    },

    async markPublished(ids) {
      open()
      for (const id of ids) tables.published.add(id)
    },

    async settledCommands(ids) {
      open()
      return new Set(ids.filter(id => tables.settlements.has(id)))
    },

    async clusterUid(cluster) {
      open()
      return tables.ends.get(cluster)?.clusterUid ?? null
    },

    async watchPositions(cluster) {
      open()
      return new Map(tables.watchPositions.get(cluster))
    },

    async tryLease(name) {
      open()
      return leases.tryLease(name)
    },

    async verifyChain(cluster) {
      open()
      const keys = [...tables.checkpointKeys].map(pem => checkpointKey(pem))
      const checkpoints = judgeCheckpoints(tables.checkpoints.get(cluster) ?? [], keys)
      const end = tables.ends.get(cluster) ?? null
      const rows = packedRows(tables.ledger.get(cluster) ?? [])
      const walked = await verifyRows({ cluster, rows, start: walkStart, end, checkpoints })
      return { cluster, ...walked, archived: null, checkpoints: reportCheckpoints(checkpoints, 'recorded', end) }
    },

    async healthy() {
      return !closed
    },

    async close() {
      closed = true
      leases.close()
    },
  }
  const { takeOwnership, commitBatch, commitOffset, markPublished } = store
  const writing = async <T>(call: Parameters<typeof interrupt>[0], write: () => Promise<T>): Promise<T> => {
    await interrupt(call, 'before')
    const result = await write()
    await interrupt(call, 'after')
    return result
  }
  return {
    ...store,
    takeOwnership: (...given) => writing('takeOwnership', () => takeOwnership(...given)),
    commitBatch: commit => writing('commitBatch', () => commitBatch(commit)),
    commitOffset: (...given) => writing('commitOffset', () => commitOffset(...given)),
    markPublished: ids => writing('markPublished', () => markPublished(ids)),
  }
}

function commandOf({ body, id, cluster, position, slot, type, daemonSet, issuedAt }: CommandRow): Command {
  return structuredClone({ ...(body as object), id, cluster, position, slot, type, daemonSet, issuedAt }) as Command
}

function touchedPlacements(tables: MemoryTables, commit: BatchCommit): PlacementRow[] {
  const { pods, turnedDown } = touchesOf(commit.streams)
  const keys = new Set(pods.map(({ cluster, uid }) => placementKey(cluster, uid)))
  for (const id of turnedDown) {
    const command = tables.commands.get(id)
    if (command?.podUid) keys.add(placementKey(command.cluster, command.podUid))
  }
  return [...keys].flatMap(key => tables.openPlacements.get(key) ?? [])
}

function isUpTo({ position, seq }: PlannedSnapshot, upTo: Moment, ledger: readonly PlannedRow[]): boolean {
  if ('position' in upTo) return position <= upTo.position
  const last = ledger.find(row => row.position === position && row.seq === seq)
  return last === undefined || last.at <= upTo.time
}

async function* packedRows(rows: readonly PlannedRow[]): AsyncGenerator<LedgerPageRow> {
  for (const row of rows) yield { ...row, encoding: 0, body: Buffer.from(row.text) }
}

async function* entriesOf(cluster: string, rows: readonly PlannedRow[]): AsyncGenerator<LedgerEntry> {
  for (const row of rows) yield readRecord(cluster, row)
}
