import { type Command, commandSchema } from '@rollcall/contracts'
import { texts } from './arrays.ts'
import type { Statement } from './statement.ts'

/** The outbox: what was decided, and neither handed to the log nor settled without. */
export const unpublishedCommands: Statement<readonly string[], Command> = {
  name: 'unpublished_commands',
  text: `
    select id, cluster, position, slot, type, daemonset_namespace, daemonset_name, daemonset_uid, issued_at, body
    from commands
    where cluster = any($1::text[]) and published_at is null and settled_position is null
    order by cluster, position, point, seq`,
  values: clusters => [texts(clusters)],
  row: ({ id, cluster, position, slot, type, daemonset_namespace, daemonset_name, daemonset_uid, issued_at, body }) =>
    commandSchema.parse({
      ...body,
      id,
      cluster,
      position: Number(position),
      slot,
      type,
      daemonSet: { namespace: daemonset_namespace, name: daemonset_name, uid: daemonset_uid },
      issuedAt: issued_at.getTime(),
    }),
}
