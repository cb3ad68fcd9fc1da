import type { Checkpoint } from '../checkpoints/checkpoint.ts'
import type { LedgerRowPlace } from '../ledger/row-place.ts'
import type { LedgerPageRow } from '../sql/read-ledger-page.ts'
import { StoreError } from '../store.ts'

/** One row of the ledger, whole: what its chain hash covers, and the hash. */
export type LedgerRow = LedgerPageRow

/** Old parts of ledgers, outside the database. */
export interface LedgerArchive {
  /** As messages call it: the folder, or `s3://bucket/prefix`. */
  readonly name: string
  /** Clusters of which something lies here, by name. */
  clusters(): Promise<readonly string[]>
  /** Rows of a stream behind a place, in order. @throws StoreError `bad-archive` when a file is missing or no such file */
  rows(cluster: string, behind: LedgerRowPlace): AsyncIterable<LedgerRow>
  /** The signed checkpoints over these rows, in order. @throws StoreError `bad-archive` */
  checkpoints(cluster: string): Promise<readonly Checkpoint[]>
}

/** Where the rows that are in the database begin: behind the last that was archived and dropped. */
export type Seam = LedgerRowPlace & {
  /** Hash of that row. */
  readonly head: Buffer
  /** When that row was, ms since 1970. */
  readonly at: number
  /** Where what lies before it is. */
  readonly place: string
}

export function archivedError(cluster: string, { position, at, place }: Seam): StoreError {
  return new StoreError(
    'archived',
    `positions 1 to ${position} of ${cluster} (until ${new Date(at).toISOString()}) are archived in ${place}: ` +
      `read them with --archive ${place}, or ask from position ${position + 1} on`,
  )
}

/** Rows behind a place up to the seam. @throws StoreError `bad-archive` when the archive does not lead there */
export async function* rowsUpTo(
  seam: Seam,
  archive: LedgerArchive,
  cluster: string,
  behind: LedgerRowPlace,
): AsyncGenerator<LedgerRow> {
  for await (const row of archive.rows(cluster, behind)) {
    const isSeam = row.position === seam.position && row.seq === seam.seq
    if (isSeam && !row.hash.equals(seam.head)) break
    yield row
    if (isSeam) return
  }
  throw new StoreError(
    'bad-archive',
    `${archive.name} is not the archive of this ledger: it does not lead to position ${seam.position} of ${cluster}, ` +
      `after which the database goes on; what was dropped lies in ${seam.place}`,
  )
}
