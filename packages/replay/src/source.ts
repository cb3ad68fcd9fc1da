import type { DecisionPoint, Event, Json } from '@rollcall/contracts'
import { ReplayError } from './errors.ts'

/** A place in a stream. A time means: after everything that had been recorded by then (ms since the epoch). */
export type Moment = { readonly position: number } | { readonly time: number }

/** One entry of a stream's record, in the order in which it was folded. */
export type LedgerEntry =
  | { readonly kind: 'event'; readonly position: number; readonly event: Event }
  | { readonly kind: 'decision'; readonly position: number; readonly point: DecisionPoint }

export type LedgerSnapshot = {
  readonly position: number
  /** Version of the core that wrote it. */
  readonly core: string
  readonly body: Json
  readonly fingerprint: string
}

/** Where folding can begin (null: at the very start, with nothing), and everything behind it, ascending. */
export type History = {
  readonly snapshot: LedgerSnapshot | null
  readonly entries: AsyncIterable<LedgerEntry>
}

/** Whether a stream's hash chain is as it was written; `problem` names the first row that is not. */
export type ChainReport =
  | { readonly ok: true; readonly rows: number; readonly lastPosition: number }
  | { readonly ok: false; readonly rows: number; readonly position: number; readonly problem: string }

/** The record of one stream: a store's ledger, or a capture file. */
export interface LedgerSource {
  readonly cluster: string
  /** What it is, for messages: `the ledger of east`, `incident.rcl`. */
  readonly name: string
  /** Position of the last event; null: as far as the entries reach. */
  readonly lastPosition: number | null
  /** Time of the last event of a record that does not go on (a capture); null: it may, and until now nothing else happened. */
  readonly endsAt: number | null
  /** From the earliest place at which folding can begin. */
  fromStart(): Promise<History>
  /** From the newest snapshot at or before the moment where there is one, else from the start. */
  before(moment: Moment): Promise<History>
  /** Everything from a position on, ascending, with nothing before it to fold it onto: for looking things up. */
  readFrom(position: number): AsyncIterable<LedgerEntry>
  /** Checks the hash chain over the whole record; absent where there is none. */
  readonly verifyChain?: () => Promise<ChainReport>
}

/** What is needed of a store (`packages/store`) to read a stream's record. */
export interface LedgerStore {
  /** `upTo`: with the newest snapshot at or before this moment, instead of the newest of all. */
  loadStream(
    cluster: string,
    options?: { readonly upTo?: Moment },
  ): Promise<History & { readonly lastPosition: number }>
  readLedger(cluster: string, fromPosition?: number): AsyncIterable<LedgerEntry>
  verifyChain?(cluster: string): Promise<ChainReport>
}

/** A stream of a store. Resolves to null when the store has nothing of it. */
export async function sourceFromStore(store: LedgerStore, cluster: string): Promise<LedgerSource | null> {
  const { lastPosition } = await store.loadStream(cluster)
  if (lastPosition === 0) return null
  const name = `the ledger of ${cluster}`
  const fromStart = async (): Promise<History> => ({
    snapshot: null,
    entries: upTo(fromFirst(name, store.readLedger(cluster, 1)), lastPosition),
  })
  return {
    cluster,
    name,
    lastPosition,
    endsAt: null,
    fromStart,
    async before(moment) {
      const { snapshot, entries } = await store.loadStream(cluster, { upTo: moment })
      if (snapshot === null) return await fromStart()
      // Where the row of the snapshot is archived, decisions behind it may be, too.
      for await (const { position } of store.readLedger(cluster, snapshot.position)) {
        if (position > snapshot.position) throw archived(name, position)
        break
      }
      return { snapshot, entries: upTo(entries, lastPosition) }
    },
    readFrom: position => upTo(store.readLedger(cluster, position), lastPosition),
    ...(store.verifyChain ? { verifyChain: async () => await verify(store, cluster) } : {}),
  }
}

/** A living stream grows while it is read: the record ends where it did when it was opened. */
async function* upTo(entries: AsyncIterable<LedgerEntry>, last: number): AsyncGenerator<LedgerEntry> {
  for await (const entry of entries) {
    if (entry.position > last) return
    yield entry
  }
}

/** Old parts of a ledger may be archived: what is left of it can be folded from a snapshot only. */
async function* fromFirst(name: string, entries: AsyncIterable<LedgerEntry>): AsyncGenerator<LedgerEntry> {
  let isFirst = true
  for await (const entry of entries) {
    if (isFirst && entry.position > 1) throw archived(name, entry.position)
    isFirst = false
    yield entry
  }
}

const archived = (name: string, position: number): ReplayError =>
  new ReplayError(
    'before-record',
    `${name} begins at position ${position}: what was before is archived. Ask from a later moment on (--from, --at)`,
  )

async function verify(store: LedgerStore, cluster: string): Promise<ChainReport> {
  const report = await store.verifyChain?.(cluster)
  if (!report) throw new Error(`the store of ${cluster} has no chain to verify`)
  return report
}

/** A record held in memory: for tests, and for what was read from a file. */
export function sourceFromEntries(
  cluster: string,
  name: string,
  entries: readonly LedgerEntry[],
  snapshot: LedgerSnapshot | null = null,
): LedgerSource {
  const history = async (): Promise<History> => ({ snapshot, entries: eachOf(entries) })
  const lastPosition = entries.at(-1)?.position ?? snapshot?.position ?? 0
  const readFrom = (from: number) => eachOf(entries.filter(({ position }) => position >= from))
  const endsAt = entries.reduce((at, entry) => Math.max(at, entry.kind === 'event' ? entry.event.at : 0), 0)
  return { cluster, name, lastPosition, endsAt, fromStart: history, before: history, readFrom }
}

async function* eachOf<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items
}
