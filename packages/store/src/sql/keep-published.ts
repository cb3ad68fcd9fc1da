import { statement } from './statement.ts'

/** When a command was published is the one thing in `commands` that the ledger does not know. */
export const keepPublished = statement<{ cluster: string }>(
  'keep_published',
  `
    create temporary table published on commit drop as
    select id, published_at from commands where cluster = $1 and published_at is not null`,
  ({ cluster }) => [cluster],
)

export const restorePublished = statement<{ cluster: string }>(
  'restore_published',
  `
    update commands
    set published_at = published.published_at
    from published
    where commands.id = published.id and commands.cluster = $1`,
  ({ cluster }) => [cluster],
)
