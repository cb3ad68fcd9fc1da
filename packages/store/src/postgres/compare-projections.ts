import type pg from 'pg'
import type { LedgerArchive } from '../archive/ledger-archive.ts'
import { differenceOf, type ProjectionDifference, rebuiltTables } from '../sql/rebuilt-projections.ts'
import { selectEnd } from '../sql/select-end.ts'
import { run } from '../sql/statement.ts'
import { BrokenInvariantError, type LedgerEntry, StoreError, type StreamCommit } from '../store.ts'
import { ledgerEntries, wholeRows } from './read-ledger.ts'
import { inTransaction } from './transaction.ts'
import { writeHistory } from './write-history.ts'

/** What a cluster's projections are, held against its ledger. */
export type ProjectionsReport = {
  readonly cluster: string
  /** As far as the ledger was folded. */
  readonly lastPosition: number
  /** Of each table that differs the first row; none: all are as the ledger tells them. */
  readonly differences: readonly ProjectionDifference[]
}

export type CompareOptions = {
  /** Folds the ledger, from its first position on: what the projections are rebuilt from. Throws when it cannot. */
  readonly refold: (cluster: string, entries: AsyncIterable<LedgerEntry>) => AsyncIterable<StreamCommit>
  /** Where rows are that were archived and dropped. */
  readonly archive?: LedgerArchive | undefined
  readonly onProgress?: (progress: { rows: number; position: number; lastPosition: number | null }) => void
}

const progressEvery = 1_000
/** A table with many rows is compared in one statement. */
const compareMsMax = 6 * 3_600_000

/**
 * Rebuilds a cluster's projections from its ledger into temporary tables, and compares. Reads one state of the database
 * (repeatable read), so commits may go on meanwhile and count as not yet made; nothing is locked, nothing changes. Needs room
 * on disk for as much again, and the right to make temporary tables.
 * @throws BrokenInvariantError when the ledger folds to less than the stream's row says; StoreError `archived` when a part of it is
 * archived and no archive given
 */
export async function compareProjections(
  pool: pg.Pool,
  cluster: string,
  { refold, archive, onProgress = () => undefined }: CompareOptions,
): Promise<ProjectionsReport> {
  let report: ProjectionsReport = { cluster, lastPosition: 0, differences: [] }
  await inTransaction(pool, async client => {
    await client.query(`
      set transaction isolation level repeatable read;
      set local statement_timeout = 0;
      set local idle_in_transaction_session_timeout = 0`)
    const [end] = await run(client, selectEnd, { cluster })
    if (!end) return []
    const { rows } = await client.query(
      "select relnamespace::regnamespace::name as schema from pg_class where oid = 'placements'::regclass",
    )
    const tables = rebuiltTables(rows[0].schema)
    for (const { create } of tables) {
      for (const text of create) await client.query(text, text.includes('$1') ? [cluster] : [])
    }
    const rowsOf = wholeRows(client, { cluster, stream: end.stream }, { position: 0, seq: -1 }, archive)
    let count = 0
    async function* told(entries: AsyncIterable<LedgerEntry>): AsyncGenerator<LedgerEntry> {
      for await (const entry of entries) {
        if (count === 0 && entry.position > 1) throw beginsLate(cluster, entry.position)
        if (++count % progressEvery === 0)
          onProgress({ rows: count, position: entry.position, lastPosition: end?.position ?? null })
        yield entry
      }
    }
    const { lastPosition } = await writeHistory(client, cluster, refold(cluster, told(ledgerEntries(cluster, rowsOf))))
    if (lastPosition !== end.position) {
      throw new BrokenInvariantError(cluster, lastPosition, `the ledger folds to here, but should to ${end.position}`)
    }
    const differences: ProjectionDifference[] = []
    for (const { name, firstDifference } of tables) {
      await client.query(`analyze pg_temp.${name}`)
      const comparison = { text: firstDifference, values: [cluster], query_timeout: compareMsMax }
      const found = await client.query(comparison)
      for (const row of found.rows) differences.push(differenceOf(name, row))
    }
    differences.sort((one, other) => one.position - other.position)
    report = { cluster, lastPosition, differences }
    return []
  })
  return report
}

function beginsLate(cluster: string, position: number): StoreError {
  return new StoreError(
    'failed',
    `the ledger of ${cluster} begins at position ${position}: what was before is not in this database, so its projections cannot be rebuilt from it`,
  )
}
