import type { Statement } from '../../sql/statement.ts'

/** The stream of a cluster: its short name in the ledger. */
export const selectStream: Statement<{ cluster: string }, number> = {
  name: 'audit_stream',
  text: 'select id from streams where cluster = $1',
  values: ({ cluster }) => [cluster],
  row: ({ id }) => id,
}
