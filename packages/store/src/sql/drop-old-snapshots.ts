import { statement } from './statement.ts'

/** Of so many positions in a row one snapshot is kept for ever: from it the state at any of them is soon folded. */
export const snapshotStretch = 250_000

/**
 * Keeps the newest three of a stream (an older one serves when the newest cannot be used), and for questions about the past
 * the first of each day and of each `snapshotStretch` positions.
 */
export const dropOldSnapshots = statement<{ stream: number }>(
  'drop_old_snapshots',
  `
    delete from snapshots
    where stream = $1
      and (position, seq) not in (
        (select position, seq from snapshots where stream = $1 order by position desc, seq desc limit 3)
        union all
        (
          select distinct on (position / ${snapshotStretch}) position, seq
          from snapshots
          where stream = $1
          order by position / ${snapshotStretch}, position, seq
        )
        union all
        (
          select distinct on ((recorded_at at time zone 'UTC')::date) position, seq
          from snapshots
          where stream = $1
          order by (recorded_at at time zone 'UTC')::date, position, seq
        )
      )`,
  ({ stream }) => [stream],
)
