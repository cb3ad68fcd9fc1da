import type { HistoryEntry, HistoryQuery, RouteName, Window } from '@rollcall/contracts/api'
import {
  type AuditStore,
  type HistoryOf,
  type HistoryPlace,
  historyEnd,
  historyStart,
  type WindowRequest,
} from '@rollcall/store'
import { z } from 'zod'
import { cursorsFor } from '../cursor.ts'
import type { Answers } from './answers.ts'
import { archivedBefore } from './archived.ts'
import { unknown } from './unknown.ts'

type Place = Pick<WindowRequest<HistoryPlace>, 'from' | 'direction'>
const placeSchema: z.ZodType<Place> = z.object({
  from: z.object({ position: z.int(), rank: z.int(), tie: z.string() }),
  direction: z.enum(['older', 'newer']),
})

/** Whole stories, in pages both ways. */
export function historyAnswers(store: AuditStore): Pick<Answers, 'nodeHistory' | 'daemonSetHistory' | 'podHistory'> {
  async function tell(
    route: RouteName,
    of: HistoryOf,
    { limit, cursor, start }: HistoryQuery,
  ): Promise<Window<HistoryEntry>> {
    const cursors = cursorsFor(route, of, placeSchema)
    const first: Place =
      start === 'end' ? { from: historyEnd, direction: 'older' } : { from: historyStart, direction: 'newer' }
    const { from, direction } = cursor === undefined ? first : cursors.read(cursor)
    const slice = await store.history(of, { from, direction, limit })
    if (slice === null) throw await unknown(store, of, of.kind === 'node' ? of.node : of.name)
    const { items, more } = slice
    const oldest = items[0]?.place ?? from
    const newest = items.at(-1)?.place ?? from
    const isAtStart = direction === 'older' ? !more : from === historyStart
    return {
      items: items.map(({ entry }) => entry),
      older: isAtStart ? null : cursors.write({ from: oldest, direction: 'older' }),
      newer: cursors.write({ from: newest, direction: 'newer' }),
      atEnd: direction === 'newer' ? !more : from === historyEnd,
      ...(isAtStart ? await archivedBefore(store, [of.cluster]) : {}),
    }
  }

  return {
    nodeHistory: (params, query) => tell('nodeHistory', { kind: 'node', ...params }, query),
    daemonSetHistory: (params, query) => tell('daemonSetHistory', { kind: 'daemonSet', ...params }, query),
    podHistory: (params, query) => tell('podHistory', { kind: 'pod', ...params }, query),
  }
}
