import type { Clock } from '@rollcall/service'
import type { AuditStore, DaemonSetOf, PageKey, WindowRequest } from '@rollcall/store'
import { z } from 'zod'
import { cursorsFor } from '../cursor.ts'
import { parseSelector } from '../selector.ts'
import type { Answers } from './answers.ts'
import { archivedBefore } from './archived.ts'
import { createBeginsLater } from './begins-later.ts'
import { keySchema } from './lists.ts'
import { readSpan } from './span.ts'
import { expectNames, unknown } from './unknown.ts'

type Place = Pick<WindowRequest<number>, 'from' | 'direction'>
const placeSchema: z.ZodType<Place> = z.object({ from: z.int(), direction: z.enum(['older', 'newer']) })
const end = Number.MAX_SAFE_INTEGER

/** Questions about one DaemonSet, and about how well nodes were covered. */
export function auditAnswers(
  store: AuditStore,
  clock: Clock,
): Pick<Answers, 'missing' | 'changes' | 'rollouts' | 'coverage'> {
  const beginsLater = createBeginsLater(store)
  const unknownDaemonSet = (of: DaemonSetOf) => unknown(store, { kind: 'daemonSet', ...of }, of.name)

  return {
    async missing(of, { limit, cursor, ...query }) {
      const { at, nodes, node, labelSelector, rule } = query
      const cursors = cursorsFor('missing', { ...of, ...query }, keySchema)
      const after: PageKey | null = cursor === undefined ? null : cursors.read(cursor)
      await expectNames(store, { kind: 'node', cluster: of.cluster }, node)
      const asked = {
        at: at === undefined ? null : new Date(at),
        isExpectedOnly: nodes === 'expected',
        nodes: node ?? null,
        labels: labelSelector === undefined ? [] : parseSelector(labelSelector),
        rules: rule ?? null,
      }
      const slice = await store.missing(of, asked, { after, limit })
      if (slice === null) throw await unknownDaemonSet(of)
      await beginsLater([of.cluster], { at })
      const { items, next, daemonSetUid } = slice
      return { items: [...items], next: next === null ? null : cursors.write(next), daemonSetUid }
    },

    async changes(of, { limit, cursor }) {
      const cursors = cursorsFor('changes', of, placeSchema)
      const place: Place = cursor === undefined ? { from: end, direction: 'older' } : cursors.read(cursor)
      const { from, direction } = place
      const slice = await store.changes(of, { from, direction, limit })
      if (slice === null) throw await unknownDaemonSet(of)
      const { items, more, scanned } = slice
      const oldest = direction === 'older' ? scanned : (items[0]?.position ?? from + 1)
      const newest = direction === 'newer' ? scanned : (items.at(-1)?.position ?? Math.min(from, scanned) - 1)
      return {
        items: [...items],
        older: direction === 'older' && !more ? null : cursors.write({ from: oldest, direction: 'older' }),
        newer: cursors.write({ from: Math.max(0, newest), direction: 'newer' }),
        atEnd: direction === 'newer' ? !more : from === end,
        ...(direction === 'older' && !more ? await archivedBefore(store, [of.cluster]) : {}),
      }
    },

    async rollouts(of, { from, to, limit, cursor }) {
      const cursors = cursorsFor('rollouts', { ...of, from, to }, keySchema)
      const asked = {
        from: from === undefined ? null : new Date(from),
        to: to === undefined ? null : new Date(to),
      }
      const slice = await store.rollouts(of, asked, {
        after: cursor === undefined ? null : cursors.read(cursor),
        limit,
      })
      if (slice === null) throw await unknownDaemonSet(of)
      return { items: [...slice.items], next: slice.next === null ? null : cursors.write(slice.next) }
    },

    async coverage({ cluster }, query) {
      const span = await readSpan(store, clock, 'coverage', cluster, query)
      const slice = await span.told(await store.coverage(span.asked, span.page))
      return { ...span.answer(slice), items: [...slice.items], total: slice.total }
    },
  }
}
