import type pg from 'pg'
import type { LedgerArchive } from '../archive/ledger-archive.ts'
import { chainHash, chainStart } from '../ledger/chain.ts'
import { eventRecord, pointRecord, readRecord } from '../ledger/records.ts'
import { dropProjections } from '../sql/drop-projections.ts'
import { keepPublished, restorePublished } from '../sql/keep-published.ts'
import { lockStreams } from '../sql/lock-streams.ts'
import { run } from '../sql/statement.ts'
import { BrokenInvariantError, type StreamCommit } from '../store.ts'
import { textOf, wholeRows } from './read-ledger.ts'
import { inTransaction } from './transaction.ts'
import { writeHistory } from './write-history.ts'

/**
 * Drops a cluster's projections and writes them again, in one transaction: readers see the old ones until the new ones
 * are there, and commits to the stream wait. `history` is what a replay of the ledger folds to, from its start; it is
 * chained again, and must be that of the ledger in the form of today.
 * @throws BrokenInvariantError when the history is not that of the ledger; then nothing has changed
 */
export async function rebuildProjections(
  pool: pg.Pool,
  cluster: string,
  history: AsyncIterable<StreamCommit>,
  archive?: LedgerArchive,
): Promise<void> {
  await inTransaction(pool, async client => {
    // The caller's replay runs between the statements, and may take long.
    await client.query('set local statement_timeout = 0; set local idle_in_transaction_session_timeout = 0')
    const [stream] = await run(client, lockStreams, [cluster])
    await run(client, keepPublished, { cluster })
    for (const drop of dropProjections) await run(client, drop, { cluster })

    const end = await writeHistory(client, cluster, history)
    if (stream && !end.headHash.equals(await headInPresentForm(client, cluster, stream.id, archive))) {
      throw new BrokenInvariantError(
        cluster,
        end.lastPosition,
        `the replayed history is not that of the ledger, which ends at ${stream.lastPosition}`,
      )
    }
    await run(client, restorePublished, { cluster })
    return []
  })
}

/** Head of the chain that the ledger's records give as they are written today: those of older versions are upcast when read. */
async function headInPresentForm(
  client: pg.PoolClient,
  cluster: string,
  stream: number,
  archive: LedgerArchive | undefined,
): Promise<Buffer> {
  let head: Buffer = chainStart
  for await (const row of wholeRows(client, { cluster, stream }, { position: 0, seq: 0 }, archive)) {
    const { position, seq } = row
    const entry = readRecord(cluster, { position, seq, text: textOf(row) })
    const record = entry.kind === 'event' ? eventRecord(position, entry.event) : pointRecord(seq, entry.point)
    head = chainHash(head, { cluster, position, seq }, record.text)
  }
  return head
}
