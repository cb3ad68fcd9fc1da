import type { CommandRecord } from '@rollcall/contracts/api'
import type { QueryResultRow } from 'pg'
import type { Statement } from '../../sql/statement.ts'
import type { HistoryPlace } from '../audit-store.ts'
import { instant, instantOrNull } from './columns.ts'
import { bothWays, oneMore } from './page.ts'
import { ranks } from './ranks.ts'

/** A command without what only the ledger knows: how it fares while it is being tried again. */
export type CommandRow = Omit<CommandRecord, 'delayed'>

export function commandRow(columns: QueryResultRow): CommandRow {
  return {
    id: columns.id,
    type: columns.type,
    slot: columns.slot,
    position: Number(columns.position),
    issuedAt: instant(columns.issued_at),
    publishedAt: instantOrNull(columns.published_at),
    node: columns.node,
    pod: columns.pod_name === null ? null : { name: columns.pod_name, uid: columns.pod_uid },
    body: columns.body,
    settled:
      columns.settled_position === null
        ? null
        : {
            position: Number(columns.settled_position),
            at: instant(columns.settled_at),
            result: columns.settled_result,
            attempts: columns.settled_attempts,
            answer: columns.settled_answer,
          },
  }
}

export const commandsOf: Statement<{ ids: readonly string[] }, CommandRow> = {
  name: 'audit_commands',
  text: 'select * from commands where id = any($1::text[])',
  values: ({ ids }) => [ids],
  row: commandRow,
}

/** What was commanded about the pod of a name, with whom it is for; newest first. */
export type PodCommandRow = CommandRow & {
  readonly daemonSet: { readonly namespace: string; readonly name: string; readonly uid: string }
  readonly point: number
}

export const commandsOfPod: Statement<
  { cluster: string; namespace: string; pod: string; limit: number },
  PodCommandRow
> = {
  name: 'audit_pod_commands',
  text: `
    select *
    from commands
    where pod_name = $1 and cluster = $2 and daemonset_namespace = $3
    order by position desc, point desc, seq desc
    limit $4`,
  values: ({ cluster, namespace, pod, limit }) => [pod, cluster, namespace, limit],
  row: columns => ({
    ...commandRow(columns),
    daemonSet: {
      namespace: columns.daemonset_namespace,
      name: columns.daemonset_name,
      uid: columns.daemonset_uid,
    },
    point: columns.point,
  }),
}

/** Which outcomes belong to a story. Of a DaemonSet those of commands for it as a whole: the others stand in decisions. */
const belongs = {
  node: `c.id in (select unnest(commands) from decisions where cluster = $4 and node = $5)`,
  daemonSet: `c.id in (
        select unnest(commands) from decisions where cluster = $4 and node is null and daemonset_uid = any($5::text[])
      )`,
  pod: 'c.cluster = $4 and c.pod_name = $5 and c.daemonset_namespace = $6',
} as const

/** `of`: whose story; the parameters from `$4` on. */
type Params = { readonly from: HistoryPlace; readonly limit: number; readonly of: readonly unknown[] }

const outcomes = (kind: keyof typeof belongs) =>
  bothWays<Params, CommandRow>(
    `audit_${kind}_outcomes`,
    ({ behind, from, order }) => `
    select *
    from commands c
    where ${belongs[kind]}
      and settled_position ${from} $1
      and (settled_position, ${ranks.outcome}, id collate "C") ${behind} ($1, $2::int4, $3 collate "C")
    order by settled_position ${order}, id collate "C" ${order}
    limit $${kind === 'pod' ? 7 : 6}`,
    {
      values: ({ from, limit, of }) => [from.position, from.rank, from.tie, ...of, oneMore(limit)],
      row: commandRow,
    },
  )

export const outcomesOf = {
  node: outcomes('node'),
  daemonSet: outcomes('daemonSet'),
  pod: outcomes('pod'),
} as const
