import type { DecisionEntry } from '@rollcall/contracts/api'
import { positionBefore } from '../sql/position-at.ts'
import { run } from '../sql/statement.ts'
import type { DecisionsAsked, PageRequest, Slice } from './audit-store.ts'
import { cut } from './lists.ts'
import type { Reading } from './reading.ts'
import { selectDecisions } from './sql/decision-list.ts'
import { selectHeads } from './sql/heads.ts'

/** Behind every decision point of a position. */
const behindAll = 32_767

export async function decisionSlice(
  reading: Reading,
  { cluster, namespaces, daemonSets, nodes, rules, from, to }: DecisionsAsked,
  { after, limit }: PageRequest,
): Promise<Slice<DecisionEntry>> {
  const before = after === null && from !== null ? await positionOf(reading, from) : 0
  const until = to === null ? null : await positionOf(reading, to)
  const [position, point, seq] = (after ?? [before, behindAll, 0]) as [number, number, number]
  const asked = {
    cluster,
    namespaces,
    daemonSets,
    nodes,
    rules,
    until,
    after: [position, point, seq],
    limit,
  } as const
  const { items, next } = cut(await run(reading.session, selectDecisions, asked), limit, ({ key }) => key)
  return { items: items.map(({ decision }) => decision), next }
}

/** The last position before a time: see `sql/position-at.ts`. */
export async function positionOf({ session, cluster, stream }: Reading, at: Date): Promise<number> {
  const [head] = await run(session, selectHeads, { clusters: [cluster] })
  return await positionBefore(session, stream, head?.[1] ?? 0, at)
}
