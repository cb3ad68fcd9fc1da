import type { Clock } from '@rollcall/service'
import type { AuditStore, PageRequest, SpanAsked, SpanSlice } from '@rollcall/store'
import { z } from 'zod'
import { cursorsFor } from '../cursor.ts'
import { ProblemError } from '../problem.ts'
import { parseSelector } from '../selector.ts'
import { keySchema } from './lists.ts'
import { expectNames, unknown } from './unknown.ts'

type SpanQuery = {
  readonly namespace?: string[] | undefined
  readonly daemonSet?: string[] | undefined
  readonly node?: string[] | undefined
  readonly labelSelector?: string | undefined
  readonly from: string
  readonly to?: string | undefined
  readonly limit: number
  readonly cursor?: string | undefined
}

/** A question about a cluster over a span of time, read; and how it is answered. */
export type Span = {
  readonly asked: SpanAsked
  readonly page: PageRequest
  /** What the store told. @throws ProblemError when it knows nothing of the cluster, or not so far back */
  told<Slice extends SpanSlice<unknown>>(slice: Slice | null): Promise<Slice>
  /** What the answers have in common. */
  answer(slice: SpanSlice<unknown>): { next: string | null; from: string; to: string; recordBegins: string }
}

/** @throws ProblemError */
export async function readSpan(
  store: AuditStore,
  clock: Clock,
  route: Parameters<typeof cursorsFor>[0],
  cluster: string,
  { limit, cursor, ...query }: SpanQuery,
): Promise<Span> {
  const { namespace, daemonSet, node, labelSelector, from, to } = query
  const cursors = cursorsFor(route, { cluster, ...query }, z.object({ key: keySchema, to: z.int(), upTo: z.int() }))
  const place = cursor === undefined ? null : cursors.read(cursor)
  // What is still to come is not known: all pages of an answer end where the first did.
  const until = new Date(
    place?.to ?? Math.min(clock.now(), to === undefined ? Number.POSITIVE_INFINITY : Date.parse(to)),
  )
  const since = new Date(from)
  const upTo = place?.upTo ?? (await store.heads([cluster])).get(cluster) ?? 0
  if (since >= until) throw badTime('from', `${from} lies ahead`, 'ask about the past')
  await expectNames(store, { kind: 'daemonSet', cluster, namespace: null }, daemonSet)
  await expectNames(store, { kind: 'node', cluster }, node)
  return {
    asked: {
      cluster,
      namespaces: namespace ?? null,
      daemonSets: daemonSet ?? null,
      nodes: node ?? null,
      labels: labelSelector === undefined ? [] : parseSelector(labelSelector),
      from: since,
      to: until,
      upTo,
    },
    page: { after: place?.key ?? null, limit },
    async told(slice) {
      if (slice === null) throw await unknown(store, { kind: 'cluster' }, cluster)
      if (slice.recordBegins < until) return slice
      const begins = slice.recordBegins.toISOString()
      const detail = `the record of ${cluster} begins at ${begins}, behind the time asked for`
      throw badTime('to', detail, `ask from ${begins} on`)
    },
    answer: ({ next, recordBegins }) => ({
      next: next === null ? null : cursors.write({ key: [...next], to: until.getTime(), upTo }),
      from: since.toISOString(),
      to: until.toISOString(),
      recordBegins: recordBegins.toISOString(),
    }),
  }
}

const badTime = (parameter: string, detail: string, mend: string): ProblemError =>
  new ProblemError('bad-time', detail, mend, { parameter })
