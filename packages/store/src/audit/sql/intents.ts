import type { Intent } from '@rollcall/contracts/api'
import type { Statement } from '../../sql/statement.ts'
import { instant } from './columns.ts'

/** An intent on record, with what was asked. */
export type RecordedIntent = Intent & { readonly body: unknown }

export const selectIntent: Statement<{ cluster: string; intent: string }, RecordedIntent> = {
  name: 'audit_intent',
  text: `
    select cluster, id, position, at, type, asked_by, via, body
    from intents
    where cluster = $1 and id = $2`,
  values: ({ cluster, intent }) => [cluster, intent],
  row: ({ cluster, id, position, at, type, asked_by, via, body }) => ({
    cluster,
    intent: id,
    position: Number(position),
    at: instant(at),
    type,
    user: asked_by,
    via,
    body,
  }),
}
