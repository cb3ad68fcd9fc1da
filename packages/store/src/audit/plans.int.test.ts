import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { positionBefore } from '../sql/position-at.ts'
import type { Session, Statement } from '../sql/statement.ts'
import { type AuditWorld, startAuditWorld } from '../testing/audit-world.ts'
import { historyEnd } from './audit-store.ts'
import { selectChurn } from './sql/churn.ts'
import { selectDecisions } from './sql/decision-list.ts'
import { decisionsOf } from './sql/decisions.ts'
import { selectRestless } from './sql/flapping.ts'
import { selectHolds } from './sql/holds.ts'
import { selectMisplaced } from './sql/misplaced.ts'
import { placementsOf } from './sql/placement-stories.ts'
import { selectRollouts } from './sql/rollouts.ts'

/**
 * What is asked must not read a whole table, however long the record is. 200 clusters with 500 rows each, of which one is asked
 * for: enough for the planner to leave an index aside when there is none that helps.
 */

const rows = 100_000
const cluster = 'c7'
const daemonSetUid = 'ds-c7-1'
const began = Date.parse('2026-01-01T00:00:00Z')
const minute = (count: number) => new Date(began + count * 60_000)
/** Row n is of cluster c(n mod 200), at its position n / 200, a minute after the one before. */
const common = `'c' || n % 200 as cluster, n / 200 as position, timestamptz '2026-01-01 00:00Z' + n / 200 * interval '1 minute' as at`

let world: AuditWorld
let client: pg.Client

beforeAll(async () => {
  world = await startAuditWorld()
  client = new pg.Client(world.server.url)
  await client.connect()
  await client.query('set plan_cache_mode = force_custom_plan')
  await client.query(`
    insert into decisions (
      cluster, position, point, seq, at, core, daemonset_namespace, daemonset_name, daemonset_uid, node, verdict, action, rule,
      source, facts, causes, commands
    )
    select cluster, position, 1, 0, at, '1', 'ns', 'd' || n % 3, 'ds-' || cluster || '-' || n % 3, 'n' || n % 50,
      case when n % 97 = 0 then 'shouldNotRun' else 'shouldRun' end, 'none', 'eligible', '-', '{}', '{}', '{}'
    from (select n, ${common} from generate_series(0, ${rows - 1}) n) made;
    insert into placements (
      cluster, daemonset_namespace, daemonset_name, daemonset_uid, node, pod_name, pod_uid, opened_at, opened_position,
      provisional, ready, phase, closed_at, closed_position, inferred
    )
    select cluster, 'ns', 'd' || n % 3, 'ds-' || cluster || '-' || n % 3, 'n' || n % 50, 'p' || n, 'u' || n, at, position,
      false, true, 'Running', at + interval '1 hour', position + 60, false
    from (select n, ${common} from generate_series(0, ${rows - 1}) n) made;
    insert into holds (
      cluster, id, daemonset_namespace, daemonset_name, daemonset_uid, opened_position, opened_at, state, position, at, facts
    )
    select cluster, 'h' || n, 'ns', 'd', 'ds-' || cluster || '-1', position, at, 'dissolved', position, at, '{}'
    from (select n, ${common} from generate_series(0, ${rows - 1}) n) made;
    insert into ledger (position, at, stream, seq, encoding, day, type, hash, body)
    select position, at, n % 200, seq, 0, (at at time zone 'utc')::date, 'Tick', '', ''
    from (select n, ${common} from generate_series(0, ${rows - 1}) n) made, generate_series(0, 1) seq;
    analyze decisions, placements, holds, ledger`)
})
afterAll(async () => {
  await client?.end()
  await world?.close()
})

type PlanNode = {
  readonly 'Node Type': string
  readonly 'Relation Name'?: string
  readonly Plans?: readonly PlanNode[]
}

const readWhole = (node: PlanNode): string[] => [
  ...(node['Node Type'] === 'Seq Scan' ? [node['Relation Name'] ?? ''] : []),
  ...(node.Plans ?? []).flatMap(readWhole),
]

/** Tables of the record, their partitions too, that the statement reads from end to end. */
async function wholeTables(text: string, values: unknown[]): Promise<string[]> {
  const { rows: told } = await client.query({ text: `explain (format json) ${text}`, values })
  return readWhole(told[0]['QUERY PLAN'][0].Plan).filter(table => /^(ledger|decisions|placements|holds)/.test(table))
}
const wholeTablesOf = <Params>({ text, values }: Statement<Params, unknown>, params: Params) =>
  wholeTables(text, values(params))

const everywhere = { namespaces: null, daemonSets: null, nodes: null }
const page = { after: null, limit: 100 }

test('the plans are told: what has no index is read whole', async () => {
  expect(await wholeTables(`select from decisions where core = $1`, ['1'])).toEqual(['decisions'])
})

test('misplaced pods', async () => {
  const asked = { cluster, ...everywhere, ...page, overMs: 0 }
  for (const [from, to] of [[0, 1_000] as const, [100, 160] as const])
    expect(await wholeTablesOf(selectMisplaced, { ...asked, from: minute(from), to: minute(to) })).toEqual([])
})

test('churn, and what flaps', async () => {
  const asked = { cluster, ...everywhere, ...page, from: minute(100), to: minute(160) }
  expect(await wholeTablesOf(selectChurn, asked)).toEqual([])
  const stretch = { stream: 7, before: 100, last: 160 }
  for (const of of ['nodes', 'pods'] as const)
    expect(await wholeTablesOf(selectRestless[of], { ...asked, ...stretch }), of).toEqual([])
})

test('decisions up to a time: a range of positions', async () => {
  const asked = {
    cluster,
    ...everywhere,
    rules: ['node-not-ready'],
    until: 200,
    after: [100, 0, 0],
    limit: 100,
  } as const
  expect(await wholeTablesOf(selectDecisions, asked)).toEqual([])
})

test('a position by a time', async () => {
  const whole: string[] = []
  const explained: Session = {
    async query({ text, values, ...rest }) {
      whole.push(...(await wholeTables(text, values ?? [])))
      return await client.query({ text, values: values ?? [], ...rest, name: undefined })
    },
  }
  expect(await positionBefore(explained, 7, 499, minute(250))).toBe(249)
  expect(whole).toEqual([])
})

test('holds, newest first', async () => {
  const asked = { clusters: null, id: null, states: null, daemonSets: null }
  expect(await wholeTablesOf(selectHolds, { ...asked, ...page })).toEqual([])
  const after = [minute(100).toISOString(), cluster, 'h1']
  expect(await wholeTablesOf(selectHolds, { ...asked, after, limit: 100 })).toEqual([])
})

test('the story of a DaemonSet, and its rollouts', async () => {
  const story = { from: historyEnd, limit: 100, of: [cluster, [daemonSetUid]] }
  expect(await wholeTablesOf(decisionsOf.daemonSet.older, story)).toEqual([])
  for (const end of ['opened', 'closed'] as const)
    expect(await wholeTablesOf(placementsOf.daemonSet[end].older, story)).toEqual([])
  expect(
    await wholeTablesOf(selectRollouts, { cluster, daemonSetUids: [daemonSetUid], from: null, to: null, ...page }),
  ).toEqual([])
})
