import pg from 'pg'
import type { ArchivedStretch } from './archives.ts'
import { type LedgerPageRow, ledgerPage } from './read-ledger-page.ts'
import type { Statement } from './statement.ts'

/** What a partition of the ledger holds of each stream, by cluster. */
export const partitionStreams = (
  partition: string,
): Statement<Record<string, never>, ArchivedStretch & { readonly cluster: string; readonly rows: number }> => ({
  name: `partition_streams_${partition}`,
  text: `
    select held.stream, streams.cluster, held.rows, held.first_position, last.position, last.seq, last.hash, last.at
    from (
      select stream, count(*) as rows, min(position) as first_position
      from ${pg.escapeIdentifier(partition)}
      group by stream
    ) held
    join streams on streams.id = held.stream
    cross join lateral (
      select position, seq, hash, at
      from ${pg.escapeIdentifier(partition)}
      where stream = held.stream
      order by position desc, seq desc
      limit 1
    ) last
    order by streams.cluster`,
  values: () => [],
  row: ({ stream, cluster, rows, first_position, position, seq, hash, at }) => ({
    stream,
    cluster,
    rows: Number(rows),
    firstPosition: Number(first_position),
    position: Number(position),
    seq,
    head: hash,
    at: at.getTime(),
  }),
})

/** The rows of one partition, as `readLedgerPage` reads those of all. */
export const partitionPage = (
  partition: string,
): Statement<{ stream: number; position: number; seq: number }, LedgerPageRow> =>
  ledgerPage(`partition_page_${partition}`, pg.escapeIdentifier(partition))
