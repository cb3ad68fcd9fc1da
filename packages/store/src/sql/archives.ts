import type { Seam } from '../archive/ledger-archive.ts'
import { type Statement, statement } from './statement.ts'

/** The last archived row of a stream whose partition was dropped. */
export const seamOf: Statement<{ stream: number }, Seam> = {
  name: 'seam_of',
  text: `
    select position, seq, head, at, place
    from archives
    where stream = $1 and dropped_at is not null
    order by position desc, seq desc
    limit 1`,
  values: ({ stream }) => [stream],
  row: ({ position, seq, head, at, place }) => ({ position: Number(position), seq, head, at: at.getTime(), place }),
}

/** One stream's part of a partition, as it lies in an archive. */
export type ArchivedStretch = {
  readonly stream: number
  readonly firstPosition: number
  readonly position: number
  readonly seq: number
  readonly head: Buffer
  readonly at: number
}

/** Those of a partition, where they are on record. */
export const archivedStretches: Statement<
  { partition: string },
  ArchivedStretch & { readonly place: string; readonly isDropped: boolean }
> = {
  name: 'archived_stretches',
  text: `
    select stream, first_position, position, seq, head, at, place, dropped_at is not null as dropped
    from archives
    where partition = $1
    order by stream`,
  values: ({ partition }) => [partition],
  row: ({ stream, first_position, position, seq, head, at, place, dropped }) => ({
    stream,
    firstPosition: Number(first_position),
    position: Number(position),
    seq,
    head,
    at: at.getTime(),
    place,
    isDropped: dropped,
  }),
}

/** The archived row of a stream that comes last before a partition; none: the partition holds its beginning. */
export const lastArchived: Statement<
  { stream: number; before: string },
  { position: number; seq: number; head: Buffer }
> = {
  name: 'last_archived',
  text: `
      select position, seq, head
      from archives
      where stream = $1 and before < $2::date
      order by position desc, seq desc
      limit 1`,
  values: ({ stream, before }) => [stream, before],
  row: ({ position, seq, head }) => ({ position: Number(position), seq, head }),
}

/** Archiving again, to another place, moves what was on record: the newest place holds. */
export const putArchived = statement<{
  partition: string
  before: string
  place: string
  at: number
  stretch: ArchivedStretch
}>(
  'put_archived',
  `
    insert into archives (stream, partition, before, first_position, position, seq, head, at, place, archived_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
    on conflict (stream, partition) do update
    set position = excluded.position, seq = excluded.seq, head = excluded.head, at = excluded.at,
      place = excluded.place, archived_at = excluded.archived_at
    where archives.dropped_at is null`,
  ({ partition, before, place, at, stretch }) => [
    stretch.stream,
    partition,
    before,
    stretch.firstPosition,
    stretch.position,
    stretch.seq,
    stretch.head,
    new Date(stretch.at),
    place,
    new Date(at),
  ],
)

export const markDropped = statement<{ partition: string; at: number }>(
  'mark_dropped',
  'update archives set dropped_at = $2 where partition = $1',
  ({ partition, at }) => [partition, new Date(at)],
)

/** Partitions of the ledger but the default one, oldest first; `before`: the first day (UTC) that one no longer holds. */
export const ledgerPartitions: Statement<Record<string, never>, { name: string; from: string; before: string }> = {
  name: 'ledger_partitions',
  text: `
    select c.relname as name,
      substring(pg_get_expr(c.relpartbound, c.oid) from 'FROM \\(''(.+?)''\\)') as since,
      substring(pg_get_expr(c.relpartbound, c.oid) from 'TO \\(''(.+?)''\\)') as before
    from pg_inherits i
    join pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'ledger'::regclass and pg_get_expr(c.relpartbound, c.oid) <> 'DEFAULT'
    order by before`,
  values: () => [],
  row: ({ name, since, before }) => ({ name, from: since, before }),
}
