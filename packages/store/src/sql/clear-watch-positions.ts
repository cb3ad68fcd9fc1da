import { texts } from './arrays.ts'
import { statement } from './statement.ts'

export const clearWatchPositions = statement<readonly string[]>(
  'clear_watch_positions',
  `
    delete from watch_positions
    where cluster = any($1::text[])`,
  clusters => [texts(clusters)],
)
