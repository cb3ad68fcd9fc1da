import { statement } from './statement.ts'

/** One statement a table: what they held comes again from the ledger. */
export const dropProjections = [
  'attributions',
  'decisions',
  'commands',
  'placements',
  'nodes',
  'daemonsets',
  'revisions',
  'intents',
  'holds',
].map(table =>
  statement<{ cluster: string }>(
    `drop_${table}`,
    `
    delete from ${table}
    where cluster = $1`,
    ({ cluster }) => [cluster],
  ),
)
