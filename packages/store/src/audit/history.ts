import type { HistoryEntry, Placement } from '@rollcall/contracts/api'
import { isSubject, type LedgerSubject, subjectKey } from '../ledger/subjects.ts'
import { run } from '../sql/statement.ts'
import {
  type HistoryItem,
  type HistoryOf,
  type HistoryPlace,
  historyStart,
  type WindowRequest,
  type WindowSlice,
} from './audit-store.ts'
import { commandRecords, decisionRecords } from './read-decisions.ts'
import { type Sighted, sighted, withChanges } from './read-events.ts'
import type { Reading } from './reading.ts'
import { type CommandRow, outcomesOf } from './sql/commands.ts'
import { type DecisionRow, decisionsOf } from './sql/decisions.ts'
import { eventsOfSubjects } from './sql/events.ts'
import { daemonSetUids, revisionNames } from './sql/incarnations.ts'
import { placementsOf } from './sql/placement-stories.ts'
import { ranks } from './sql/ranks.ts'

type Window = WindowRequest<HistoryPlace>

/** An entry as its source has it: only those of the page are told in full. */
type Found = { readonly place: HistoryPlace } & (
  | { readonly kind: 'event'; readonly sight: Sighted }
  | { readonly kind: 'outcome'; readonly command: CommandRow }
  | { readonly kind: 'opened' | 'closed'; readonly placement: Placement }
  | { readonly kind: 'decision'; readonly decision: DecisionRow }
)
type FoundOf<K extends Found['kind']> = Extract<Found, { readonly kind: K }>

/**
 * A page of a story: each source gives its own next entries, and of those the nearest are taken.
 * null when nothing is on record.
 */
export async function readHistory(
  reading: Reading,
  of: HistoryOf,
  window: Window,
): Promise<WindowSlice<HistoryItem> | null> {
  const whose = await whoseStory(reading, of)
  if (whose === null) return null
  const found = await entriesOf(reading, whose, window)
  if (found.length === 0) {
    const first = await entriesOf(reading, whose, { from: historyStart, direction: 'newer', limit: 1 })
    if (first.length === 0) return null
  }
  const nearest = found.sort((a, b) => comparePlaces(a.place, b.place) * (window.direction === 'newer' ? 1 : -1))
  const page = nearest.slice(0, window.limit)
  if (window.direction === 'older') page.reverse()
  return { items: await told(reading, page), more: nearest.length > window.limit }
}

export function comparePlaces(a: HistoryPlace, b: HistoryPlace): number {
  return a.position - b.position || a.rank - b.rank || (a.tie < b.tie ? -1 : a.tie > b.tie ? 1 : 0)
}

/** Whose story, as the queries want it: the subjects of events, and the parameters from `$4` on. */
type Whose = {
  readonly kind: HistoryOf['kind']
  readonly subjects: readonly LedgerSubject[]
  readonly of: readonly unknown[]
}

async function whoseStory({ session, cluster }: Reading, of: HistoryOf): Promise<Whose | null> {
  switch (of.kind) {
    case 'node':
      return {
        kind: of.kind,
        subjects: [{ kind: 'Node', namespace: '', name: of.node }],
        of: [cluster, of.node],
      }
    case 'pod': {
      const { kind, namespace, name } = of
      return { kind, subjects: [{ kind: 'Pod', namespace, name }], of: [cluster, name, namespace] }
    }
    case 'daemonSet': {
      const { kind, namespace, name } = of
      const uids = await run(session, daemonSetUids, { clusters: [cluster], namespaces: [namespace], names: [name] })
      if (uids.length === 0) return null
      const revisions = await run(session, revisionNames, { cluster, daemonSetUids: uids })
      const subjects: LedgerSubject[] = [
        { kind: 'DaemonSet', namespace, name },
        ...revisions.map(revision => ({ kind: 'ControllerRevision' as const, namespace, name: revision })),
      ]
      return { kind, subjects, of: [cluster, uids] }
    }
  }
}

async function entriesOf(reading: Reading, whose: Whose, window: Window): Promise<Found[]> {
  return [
    ...(await eventsIn(reading, whose, window)),
    ...(await outcomesIn(reading, whose, window)),
    ...(await placementsIn(reading, whose, window, 'opened')),
    ...(await placementsIn(reading, whose, window, 'closed')),
    ...(await decisionsIn(reading, whose, window)),
  ]
}

async function eventsIn(reading: Reading, { subjects }: Whose, { from, direction, limit }: Window): Promise<Found[]> {
  const { session, cluster, stream } = reading
  const rows = await run(session, eventsOfSubjects[direction], {
    stream,
    subjects: subjects.map(subjectKey),
    from: eventsFrom(from, direction),
    types: null,
    limit,
  })
  return rows.flatMap((row): Found | readonly [] => {
    const sight = sighted(cluster, row)
    if (!subjects.some(subject => isSubject(sight.event, subject))) return []
    return { kind: 'event', place: { position: row.position, rank: ranks.event, tie: '' }, sight }
  })
}

/** The event of a position is the first thing there. */
function eventsFrom({ position, rank }: HistoryPlace, direction: Window['direction']): number {
  if (direction === 'newer') return rank < ranks.event ? position - 1 : position
  return rank > ranks.event ? position + 1 : position
}

async function outcomesIn(reading: Reading, { kind, of }: Whose, window: Window): Promise<Found[]> {
  const rows = await run(reading.session, outcomesOf[kind][window.direction], { ...window, of })
  return rows.flatMap((command): Found | readonly [] => {
    if (command.settled === null) return []
    return {
      kind: 'outcome',
      place: { position: command.settled.position, rank: ranks.outcome, tie: command.id },
      command,
    }
  })
}

async function placementsIn(
  reading: Reading,
  { kind, of }: Whose,
  window: Window,
  end: 'opened' | 'closed',
): Promise<Found[]> {
  const rows = await run(reading.session, placementsOf[kind][end][window.direction], { ...window, of })
  return rows.flatMap((placement): Found | readonly [] => {
    const position = end === 'opened' ? placement.openedPosition : placement.closed?.position
    if (position === undefined) return []
    return { kind: end, place: { position, rank: ranks[end], tie: placement.pod.uid }, placement }
  })
}

async function decisionsIn(reading: Reading, { kind, of }: Whose, window: Window): Promise<Found[]> {
  const rows = await run(reading.session, decisionsOf[kind][window.direction], { ...window, of })
  return rows.map(decision => ({
    kind: 'decision',
    place: { position: decision.position, rank: ranks.decision, tie: decision.tie },
    decision,
  }))
}

/** The entries in full, in their order: what each kind needs is read once for all of them. */
async function told(reading: Reading, page: readonly Found[]): Promise<HistoryItem[]> {
  const events = await withChanges(
    reading,
    ofKind(page, 'event').map(({ sight }) => sight),
  )
  const commands = await commandRecords(
    reading,
    ofKind(page, 'outcome').map(({ command }) => command),
  )
  const decisions = await decisionRecords(
    reading,
    ofKind(page, 'decision').map(({ decision }) => decision),
  )
  return page.map(found => ({ place: found.place, entry: entryOf(found) }))

  function entryOf(found: Found): HistoryEntry {
    const { position } = found.place
    switch (found.kind) {
      case 'event': {
        const event = present(events.shift())
        return { kind: found.kind, position, at: event.at, event }
      }
      case 'outcome': {
        const command = present(commands.shift())
        return { kind: found.kind, position, at: present(command.settled).at, command }
      }
      case 'opened':
        return { kind: found.kind, position, at: found.placement.openedAt, placement: found.placement }
      case 'closed':
        return { kind: found.kind, position, at: present(found.placement.closed).at, placement: found.placement }
      case 'decision': {
        const decision = present(decisions.shift())
        return { kind: found.kind, position, at: decision.at, decision }
      }
    }
  }
}

function ofKind<K extends Found['kind']>(page: readonly Found[], kind: K): FoundOf<K>[] {
  return page.filter((found): found is FoundOf<K> => found.kind === kind)
}

/** As many are told as were found. */
function present<T>(value: T | null | undefined): T {
  if (value === null || value === undefined) throw new Error('an entry of a story was found but not told')
  return value
}
