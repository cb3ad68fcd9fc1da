import type { DecisionRecord } from '@rollcall/contracts/api'
import { causesMax } from '@rollcall/contracts/api'
import type { QueryResultRow } from 'pg'
import type { Statement } from '../../sql/statement.ts'
import type { HistoryPlace } from '../audit-store.ts'
import { instant } from './columns.ts'
import { bothWays, oneMore } from './page.ts'
import { ranks } from './ranks.ts'

/** A decision by reference: its causes as positions, its commands as ids. */
export type DecisionRow = Omit<DecisionRecord, 'causes' | 'commands'> & {
  readonly causes: readonly number[]
  readonly commands: readonly string[]
  /** Orders the decisions of one position. */
  readonly tie: string
}

const tieOf = `lpad(d.point::text, 5, '0') || lpad(d.seq::text, 7, '0')`
const columns = `d.cluster, d.position, d.at, d.core, d.daemonset_namespace, d.daemonset_name, d.daemonset_uid, d.node,
      d.verdict, d.action, d.rule, d.source, d.facts, d.causes[1:${causesMax}] as causes,
      cardinality(d.causes) as causes_total, d.commands, ${tieOf} as tie`

/** What a row says, but for what led to it and what it issued. */
export function decisionOf(row: QueryResultRow): Omit<DecisionRecord, 'causes' | 'causesTotal' | 'commands'> {
  return {
    cluster: row.cluster,
    position: Number(row.position),
    at: instant(row.at),
    core: row.core,
    daemonSet: { namespace: row.daemonset_namespace, name: row.daemonset_name, uid: row.daemonset_uid },
    node: row.node,
    verdict: row.verdict,
    action: row.action,
    reason: { rule: row.rule, source: row.source, facts: row.facts },
  }
}

function decisionRow(row: QueryResultRow): DecisionRow {
  return {
    ...decisionOf(row),
    causes: row.causes.map(Number),
    causesTotal: row.causes_total,
    commands: row.commands,
    tie: row.tie,
  }
}

/**
 * The decisions that stand on a node: the last recorded one of each of these DaemonSets. A decision equal to the last of
 * its slot is not recorded again, so the last one is what holds.
 */
export const standingDecisions: Statement<
  { cluster: string; node: string; daemonSetUids: readonly string[] },
  DecisionRow
> = {
  name: 'audit_standing_decisions',
  text: `
    select last.*
    from unnest($3::text[]) as slot (daemonset_uid)
    cross join lateral (
      select ${columns}
      from decisions d
      where d.cluster = $1 and d.node = $2 and d.daemonset_uid = slot.daemonset_uid
      order by d.position desc, d.point desc, d.seq desc
      limit 1
    ) last`,
  values: ({ cluster, node, daemonSetUids }) => [cluster, node, daemonSetUids],
  row: decisionRow,
}

/** The last word on each of these DaemonSets' rollouts as a whole (packages/daemonset/src/decide/rollout-gate.ts). */
export const lastOfRollouts: Statement<
  { cluster: string; daemonSetUids: readonly string[] },
  Pick<DecisionRow, 'daemonSet' | 'position' | 'at' | 'reason'>
> = {
  name: 'audit_last_of_rollouts',
  text: `
    select last.*
    from unnest($2::text[]) as one (daemonset_uid)
    cross join lateral (
      select ${columns}
      from decisions d
      where d.cluster = $1 and d.daemonset_uid = one.daemonset_uid and d.node is null and d.rule like 'rollout-%'
      order by d.position desc, d.point desc, d.seq desc
      limit 1
    ) last`,
  values: ({ cluster, daemonSetUids }) => [cluster, daemonSetUids],
  row: decisionRow,
}

/** The first decision of the verdict that stands in a slot: what it says has held since then. */
export const beganWith: Statement<
  { cluster: string; node: string; daemonSetUid: string; verdict: string; before: number },
  DecisionRow
> = {
  name: 'audit_began_with',
  text: `
    select ${columns}
    from decisions d
    where d.cluster = $1 and d.node = $2 and d.daemonset_uid = $3 and d.verdict = $4 and d.position <= $5
      and d.position > coalesce((
        select max(other.position) from decisions other
        where other.cluster = $1 and other.node = $2 and other.daemonset_uid = $3 and other.position <= $5
          and other.verdict is distinct from $4), -1)
    order by d.position, d.point, d.seq
    limit 1`,
  values: ({ cluster, node, daemonSetUid, verdict, before }) => [cluster, node, daemonSetUid, verdict, before],
  row: decisionRow,
}

/** Where a decision stands in the record. */
export type DecisionKey = { readonly position: number; readonly point: number; readonly seq: number }

/** These decisions, in their order. */
export const decisionsAt: Statement<{ cluster: string; keys: readonly DecisionKey[] }, DecisionRow> = {
  name: 'audit_decisions_at',
  text: `
    select ${columns}
    from unnest($2::int8[], $3::int2[], $4::int4[]) as asked (position, point, seq)
    join decisions d on d.cluster = $1 and (d.position, d.point, d.seq) = (asked.position, asked.point, asked.seq)`,
  values: ({ cluster, keys }) => [
    cluster,
    keys.map(({ position }) => position),
    keys.map(({ point }) => point),
    keys.map(({ seq }) => seq),
  ],
  row: decisionRow,
}

/** The decisions that issued these commands. */
export const decisionsBehind: Statement<
  { cluster: string; commands: readonly { readonly id: string; readonly position: number }[] },
  DecisionRow
> = {
  name: 'audit_decisions_behind',
  text: `
    select distinct on (d.position, d.point, d.seq) ${columns}
    from unnest($2::int8[], $3::text[]) as issued (position, id)
    join decisions d on d.cluster = $1 and d.position = issued.position and issued.id = any(d.commands)`,
  values: ({ cluster, commands }) => [cluster, commands.map(({ position }) => position), commands.map(({ id }) => id)],
  row: decisionRow,
}

/** The newest decision until a position that made, or brought back, the revision of a DaemonSet. */
export const revisionDecision: Statement<{ cluster: string; daemonSetUid: string; before: number }, DecisionRow> = {
  name: 'audit_revision_decision',
  text: `
    select ${columns}
    from decisions d
    where d.daemonset_uid = $1 and d.cluster = $2 and d.position <= $3
      and d.node is null and d.rule in ('template-has-no-revision', 'revision-renumbered')
    order by d.position desc, d.point desc, d.seq desc
    limit 1`,
  values: ({ cluster, daemonSetUid, before }) => [daemonSetUid, cluster, before],
  row: decisionRow,
}

/** Which decisions belong to a story. */
const belongs = {
  node: 'd.cluster = $4 and d.node = $5',
  daemonSet: 'd.cluster = $4 and d.daemonset_uid = any($5::text[])',
  pod: `d.cluster = $4 and (d.position, d.point, d.seq) in (
        select i.position, i.point, i.seq
        from commands c
        join decisions i on i.cluster = c.cluster and i.position = c.position and c.id = any(i.commands)
        where c.cluster = $4 and c.pod_name = $5 and c.daemonset_namespace = $6
      )`,
} as const

/** `of`: whose story; the parameters from `$4` on. */
type Params = { readonly from: HistoryPlace; readonly limit: number; readonly of: readonly unknown[] }

const decisions = (kind: keyof typeof belongs) =>
  bothWays<Params, DecisionRow>(
    `audit_${kind}_decisions`,
    ({ behind, from, order }) => `
    select ${columns}
    from decisions d
    where ${belongs[kind]}
      and d.position ${from} $1
      and (d.position, ${ranks.decision}, (${tieOf}) collate "C") ${behind} ($1, $2::int4, $3 collate "C")
    order by d.position ${order}, d.point ${order}, d.seq ${order}
    limit $${kind === 'pod' ? 7 : 6}`,
    {
      values: ({ from, limit, of }) => [from.position, from.rank, from.tie, ...of, oneMore(limit)],
      row: decisionRow,
    },
  )

export const decisionsOf = {
  node: decisions('node'),
  daemonSet: decisions('daemonSet'),
  pod: decisions('pod'),
} as const
