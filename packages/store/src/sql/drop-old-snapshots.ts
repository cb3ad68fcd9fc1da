import { statement } from './statement.ts'

/** Keeps the newest three of a stream: an older one serves when the newest cannot be used. */
export const dropOldSnapshots = statement<{ stream: number }>(
  'drop_old_snapshots',
  `
    delete from snapshots
    where stream = $1
      and (position, seq) not in (
        select position, seq from snapshots where stream = $1 order by position desc, seq desc limit 3
      )`,
  ({ stream }) => [stream],
)
