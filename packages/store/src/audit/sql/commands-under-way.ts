import type { CommandUnderWay } from '@rollcall/contracts/api'
import type { Statement } from '../../sql/statement.ts'
import type { PageKey } from '../audit-store.ts'
import { commandRow } from './commands.ts'
import { oneMore } from './page.ts'

type Row = { readonly command: CommandUnderWay; readonly key: PageKey }

/**
 * Commands without an outcome, oldest first. No index leads here, so that settling a command changes none: it reads all
 * commands of the cluster, and is asked when a cluster is given back.
 */
export const selectCommandsUnderWay: Statement<{ cluster: string; after: PageKey | null; limit: number }, Row> = {
  name: 'audit_commands_under_way',
  text: `
    select *
    from commands
    where cluster = $1
      and settled_position is null
      and ($2::int8 is null or (position, point, seq) > ($2, $3::int2, $4::int4))
    order by position, point, seq
    limit $5`,
  values: ({ cluster, after, limit }) => [cluster, ...(after ?? [null, null, null]), oneMore(limit)],
  row: columns => {
    const { id, type, position, issuedAt, publishedAt, node, pod } = commandRow(columns)
    const { daemonset_namespace: namespace, daemonset_name: name, daemonset_uid: uid } = columns
    const command = { id, type, position, issuedAt, publishedAt, node, pod, daemonSet: { namespace, name, uid } }
    return { command, key: [position, columns.point, columns.seq] }
  },
}
