import { texts } from './arrays.ts'
import { statement } from './statement.ts'

/** The first time counts: what was published twice was published then. */
export const markPublished = statement<readonly string[]>(
  'mark_published',
  `
    update commands
    set published_at = now()
    where id = any($1::text[]) and published_at is null`,
  ids => [texts(ids)],
)
