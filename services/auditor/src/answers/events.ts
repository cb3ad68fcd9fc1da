import type { LedgerEvent } from '@rollcall/contracts/api'
import type { AuditStore } from '@rollcall/store'
import { z } from 'zod'
import { cursorsFor } from '../cursor.ts'
import { ProblemError } from '../problem.ts'
import type { Answers } from './answers.ts'
import { archivedBefore } from './archived.ts'
import { eventFilter } from './event-filter.ts'
import { type Direction, type MergedPage, mergeStreams } from './merge-streams.ts'
import { type Places, parseFrom } from './places.ts'
import { expectClusters } from './unknown.ts'

type Start = { readonly places: Places; readonly direction: Direction }
const startSchema: z.ZodType<Start> = z.object({
  places: z.array(z.tuple([z.string(), z.int()])).transform(entries => new Map(entries)),
  direction: z.enum(['older', 'newer']),
})

/** Events of one stream or of many, in pages both ways. */
export function eventAnswers(store: AuditStore): Pick<Answers, 'events'> {
  /** In each stream the last place before that time. */
  async function placesAt(heads: Places, since: string): Promise<Places> {
    const places = new Map<string, number>()
    for (const cluster of heads.keys()) places.set(cluster, (await store.positionAt(cluster, new Date(since))) ?? 0)
    return places
  }

  return {
    async events(_, { limit, cursor, from, since, ...asked }) {
      if (from !== undefined && since !== undefined) {
        const mend = 'leave one of them out'
        throw new ProblemError('bad-parameter', 'from and since both say where to begin', mend, { parameter: 'since' })
      }
      const filter = eventFilter(asked)
      const cursors = cursorsFor('events', asked, startSchema)
      const write = (places: Places, direction: Direction) =>
        cursors.write({ places: [...places] as unknown as Places, direction })
      await expectClusters(store, asked.cluster)
      const start = cursor === undefined ? null : cursors.read(cursor)
      const given = from === undefined ? null : parseFrom(from, asked.cluster)
      await expectClusters(store, given === null ? undefined : [...given.keys()])
      const heads = await store.heads(asked.cluster ?? null)
      const first = given ?? (since === undefined || start !== null ? null : await placesAt(heads, since))
      const { places, direction }: Start = start ?? beginning(heads, first)
      const complete = new Map([...heads.keys()].map(cluster => [cluster, places.get(cluster) ?? 0]))
      const page: MergedPage<LedgerEvent> = await mergeStreams(
        complete,
        direction,
        limit,
        async (cluster, position, atMost) => {
          const isAtEnd = direction === 'older' ? position <= 1 : position >= (heads.get(cluster) ?? 0)
          if (isAtEnd) return { items: [], more: false }
          return await store.events({ cluster, ...filter }, { from: position, direction, limit: atMost })
        },
      )
      const isAtStart = direction === 'older' ? !page.more : [...complete.values()].every(position => position === 0)
      return {
        items: page.items,
        older: isAtStart ? null : write(page.older, 'older'),
        newer: write(page.newer, 'newer'),
        atEnd: direction === 'newer' ? !page.more : start === null,
        ...(direction === 'newer' || isAtStart
          ? await archivedBefore(store, [...heads.keys()], direction === 'newer' ? complete : undefined)
          : {}),
      }
    },
  }
}

/** Without a place the newest page: what lies before the position behind each end. */
function beginning(heads: Places, given: Places | null): Start {
  if (given === null) {
    return { places: new Map([...heads].map(([cluster, head]) => [cluster, head + 1])), direction: 'older' }
  }
  return {
    places: new Map([...heads].map(([cluster, head]) => [cluster, given.get(cluster) ?? head])),
    direction: 'newer',
  }
}
