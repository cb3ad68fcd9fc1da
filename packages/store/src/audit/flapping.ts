import { canonicalJson, type Event, type NodeFacts, type PodFacts } from '@rollcall/contracts'
import { type Flapping, sightsMax } from '@rollcall/contracts/api'
import { isSubject, type LedgerSubject, subjectKey } from '../ledger/subjects.ts'
import { run } from '../sql/statement.ts'
import type { FlappingAsked, PageRequest, SpanSlice } from './audit-store.ts'
import { positionOf } from './decision-list.ts'
import { cut } from './lists.ts'
import { type Sighted, sighted } from './read-events.ts'
import type { Reading } from './reading.ts'
import { newestSights } from './sql/events.ts'
import { type Restless, restlessKey, selectRestless } from './sql/flapping.ts'
import { recordBegins } from './sql/record-begins.ts'

/** Which nodes or pods changed most often in a span, and what of them turned; null: nothing has happened in the cluster. */
export async function flappingSlice(
  reading: Reading,
  { of, ...asked }: FlappingAsked,
  page: PageRequest,
): Promise<SpanSlice<Flapping> | null> {
  const { session, cluster, stream } = reading
  const [begun] = await run(session, recordBegins, { clusters: [cluster] })
  if (!begun) return null
  const before = await positionOf(reading, asked.from)
  const last = Math.min(asked.upTo ?? Number.MAX_SAFE_INTEGER, await positionOf(reading, asked.to))
  const rows = await run(session, selectRestless[of], { ...asked, ...page, stream, before, last })
  const { items, next } = cut(rows, page.limit, restlessKey)
  const told: Flapping[] = []
  for (let index = 0; index < items.length; index += togetherMax)
    told.push(...(await withTurns(reading, items.slice(index, index + togetherMax), { before, last })))
  return { items: told, next, recordBegins: begun[1] }
}

/** Objects whose sights are read in one statement. */
const togetherMax = 20

async function withTurns(
  { session, cluster, stream }: Reading,
  items: readonly Restless[],
  { before, last }: { readonly before: number; readonly last: number },
): Promise<Flapping[]> {
  // One more: that which the first of the span is compared with.
  const asked = items.map(item => ({
    subject: subjectKey(subjectOf(item)),
    limit: Math.min(item.changes, sightsMax) + 1,
  }))
  const rows = Map.groupBy(await run(session, newestSights, { stream, asked, last }), ({ subject }) => subject)
  return items.map(item => {
    const subject = subjectOf(item)
    const sights = (rows.get(subjectKey(subject)) ?? [])
      .map(row => sighted(cluster, row))
      .filter(({ event }) => isSubject(event, subject))
      .sort((one, other) => one.position - other.position)
    const { node, namespace, pod, changes } = item
    return { node, pod: pod === '' ? null : { namespace, name: pod }, changes, turned: turnsOf(sights, before) }
  })
}

const subjectOf = ({ node, namespace, pod }: Restless): LedgerSubject =>
  pod === '' ? { kind: 'Node', namespace: '', name: node } : { kind: 'Pod', namespace, name: pod }

/** What turned between each sight in the span and the one before it. */
function turnsOf(sights: readonly Sighted[], before: number): Flapping['turned'] {
  const turned = { ready: 0, cordoned: 0, labels: 0, taints: 0, restarted: 0, troubled: 0 }
  for (const [index, sight] of sights.entries()) {
    const earlier = sights[index - 1]
    if (!earlier || sight.position <= before) continue
    for (const what of turns(earlier.event, sight.event)) turned[what] += 1
  }
  return turned
}

type Turn = keyof Flapping['turned']

function turns(before: Event, after: Event): Turn[] {
  if (before.type === 'NodeObserved' && after.type === 'NodeObserved') return turnsOfNode(before.node, after.node)
  if (before.type === 'PodObserved' && after.type === 'PodObserved') return turnsOfPod(before.pod, after.pod)
  return []
}

const differ = (one: unknown, other: unknown): boolean => canonicalJson(one) !== canonicalJson(other)
const readiness = ({ conditions }: NodeFacts): string | null =>
  conditions.find(({ type }) => type === 'Ready')?.status ?? null

function turnsOfNode(before: NodeFacts, after: NodeFacts): Turn[] {
  if (before.uid !== after.uid) return []
  const turned: Turn[] = []
  if (readiness(before) !== readiness(after)) turned.push('ready')
  if (before.unschedulable !== after.unschedulable) turned.push('cordoned')
  if (differ(before.labels, after.labels)) turned.push('labels')
  if (differ(before.taints, after.taints)) turned.push('taints')
  return turned
}

function turnsOfPod(before: PodFacts, after: PodFacts): Turn[] {
  if (before.uid !== after.uid) return []
  const turned: Turn[] = []
  if (before.ready !== after.ready) turned.push('ready')
  if (differ(before.labels, after.labels)) turned.push('labels')
  if (after.restarts > before.restarts) turned.push('restarted')
  if (after.trouble !== null && after.trouble !== before.trouble) turned.push('troubled')
  return turned
}
