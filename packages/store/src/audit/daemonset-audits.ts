import type { EventSummary, MissingNode, Rollout } from '@rollcall/contracts/api'
import { isSubject, type LedgerSubject, subjectKey } from '../ledger/subjects.ts'
import { run } from '../sql/statement.ts'
import type {
  AuditStore,
  ChangesSlice,
  CoverageSlice,
  DaemonSetOf,
  MissingAsked,
  PageRequest,
  RolloutsAsked,
  Slice,
  SpanAsked,
  WindowRequest,
} from './audit-store.ts'
import { changesBetween } from './changes.ts'
import { cut } from './lists.ts'
import { onlyLabelled } from './only-labelled.ts'
import { attributionsOf } from './read-attributions.ts'
import { decisionRecords } from './read-decisions.ts'
import { ledgerEvent, type Sighted, sighted, sightsBefore } from './read-events.ts'
import type { Reading } from './reading.ts'
import { coverageKey, selectCoverage, shareOf } from './sql/coverage.ts'
import { decisionsAt } from './sql/decisions.ts'
import { eventsOfSubjects } from './sql/events.ts'
import { daemonSetUids } from './sql/incarnations.ts'
import { daemonSetAt, selectMissing } from './sql/missing.ts'
import { selectOutstanding } from './sql/outstanding.ts'
import { placementsAt } from './sql/placement-stories.ts'
import { recordBegins } from './sql/record-begins.ts'
import { rolloutKey, selectRollouts } from './sql/rollouts.ts'

const uidsOf = ({ session }: Reading, { cluster, namespace, name }: DaemonSetOf): Promise<string[]> =>
  run(session, daemonSetUids, { clusters: [cluster], namespaces: [namespace], names: [name] })

export async function missingNodes(
  reading: Reading,
  of: DaemonSetOf,
  wanted: MissingAsked,
  page: PageRequest,
): ReturnType<AuditStore['missing']> {
  const { session, cluster } = reading
  if ((await uidsOf(reading, of)).length === 0) return null
  const [daemonSet] = await run(session, daemonSetAt, { ...of, at: wanted.at })
  if (!daemonSet) return { items: [], next: null, daemonSetUid: null }
  const asked = await onlyLabelled(reading, wanted)
  const rows = await run(session, selectMissing, { cluster, daemonSetUid: daemonSet.uid, ...asked, ...page })
  const { items, next } = cut(rows, page.limit, ({ node }) => [node])

  const decisionRows = await run(session, decisionsAt, { cluster, keys: items.flatMap(item => item.decision ?? []) })
  const decisions = await decisionRecords(reading, decisionRows)
  const placements = await run(session, placementsAt, { cluster, keys: items.flatMap(item => item.placement ?? []) })
  return {
    items: items.map(
      ({ node, since }): MissingNode => ({
        node,
        since,
        decision: decisions.find(decision => decision.node === node) ?? null,
        lastPlacement: placements.find(placement => placement.node === node) ?? null,
      }),
    ),
    next,
    daemonSetUid: daemonSet.uid,
  }
}

export async function outstandingSlice(
  { session, cluster }: Reading,
  of: DaemonSetOf,
  page: PageRequest,
): ReturnType<AuditStore['outstanding']> {
  const [daemonSet] = await run(session, daemonSetAt, { ...of, at: null })
  if (!daemonSet) return null
  const rows = await run(session, selectOutstanding, { cluster, daemonSetUid: daemonSet.uid, ...page })
  return cut(rows, page.limit, ({ node }) => [node])
}

/** Events of one DaemonSet that are looked through for one page at most. */
const scanMax = 2_000

export async function daemonSetChanges(
  reading: Reading,
  of: DaemonSetOf,
  { from, direction, limit }: WindowRequest<number>,
): Promise<ChangesSlice | null> {
  const { session, cluster, stream } = reading
  if ((await uidsOf(reading, of)).length === 0) return null
  const subject = { kind: 'DaemonSet', namespace: of.namespace, name: of.name } as const
  const rows = await run(session, eventsOfSubjects[direction], {
    stream,
    subjects: [subjectKey(subject)],
    from,
    types: null,
    limit: scanMax,
  })
  const scannedRows = rows.slice(0, scanMax)
  const sights = scannedRows
    .map(row => sighted(cluster, row))
    .filter(({ event }) => isSubject(event, subject) && event.type !== 'ChangeAttributed')
  const changes = (await successive(reading, subject, sights)).filter(isChange)
  const items = changes.slice(0, limit)
  const isCut = changes.length > limit
  const scanned = (isCut ? items.at(-1)?.position : scannedRows.at(-1)?.position) ?? from
  if (direction === 'older') items.reverse()
  return { items, more: isCut || rows.length > scanMax, scanned }
}

/** Sights of one object without a gap, in either order, in short, each with what differs from the one before. */
async function successive(
  reading: Reading,
  subject: LedgerSubject,
  sights: readonly Sighted[],
): Promise<EventSummary[]> {
  const ascending = sights.toSorted((a, b) => a.position - b.position)
  const [first] = ascending
  if (!first) return []
  const before = await sightsBefore(reading, [{ subject, before: first.position }])
  const pairs = ascending.map((sight, index) => ({
    sight,
    before: (index === 0 ? before.get(first.position) : ascending[index - 1]) ?? null,
  }))
  const attributed = await attributionsOf(reading, pairs)
  const told = pairs.map(({ sight, before }): EventSummary => {
    const changes = changesBetween(before?.event ?? null, sight.event)
    const { event, ...summary } = ledgerEvent(sight, changes, attributed.get(sight.position) ?? null)
    return summary
  })
  return ascending[0] === sights[0] ? told : told.reverse()
}

/** Anything but the status, which controllers write all the time. */
const isChange = ({ changes }: EventSummary): boolean =>
  changes === null || changes.some(({ path }) => path !== 'status' && !path.startsWith('status.'))

export async function rolloutSlice(
  reading: Reading,
  of: DaemonSetOf,
  asked: RolloutsAsked,
  page: PageRequest,
): Promise<Slice<Rollout> | null> {
  const uids = await uidsOf(reading, of)
  if (uids.length === 0) return null
  const rows = await run(reading.session, selectRollouts, {
    cluster: reading.cluster,
    daemonSetUids: uids,
    ...asked,
    ...page,
  })
  return cut(rows, page.limit, rolloutKey)
}

export async function coverageSlice(
  { session, cluster }: Reading,
  asked: SpanAsked,
  page: PageRequest,
): Promise<CoverageSlice | null> {
  const [begun] = await run(session, recordBegins, { clusters: [cluster] })
  if (!begun) return null
  const rows = await run(session, selectCoverage, { ...asked, ...page })
  const [first] = rows
  if (!first) throw new Error('the sums of a coverage gave no row')
  const { expectedMs, uncoveredMs } = first.total
  return {
    ...cut(
      rows.flatMap(({ slot }) => slot ?? []),
      page.limit,
      coverageKey,
    ),
    recordBegins: begun[1],
    total: { ...first.total, coverage: shareOf(expectedMs, uncoveredMs) },
  }
}
