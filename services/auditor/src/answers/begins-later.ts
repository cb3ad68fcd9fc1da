import type { RecordBegins } from '@rollcall/contracts/api'
import type { AuditStore } from '@rollcall/store'
import { ProblemError } from '../problem.ts'

/** The time that is asked about: a moment, or a span that leaves out its end. */
export type TimeAsked = {
  readonly at?: string | undefined
  readonly from?: string | undefined
  readonly to?: string | undefined
}

export type BeginsLater = (
  clusters: readonly string[] | null,
  asked: TimeAsked,
) => Promise<{ beginsLater?: RecordBegins[] }>

/**
 * Clusters whose record begins later than the time asked about: of before, an answer says nothing, or only what was still there
 * when the record began. @throws ProblemError `bad-time` when that is so of all of them, and of all of the time
 */
export function createBeginsLater(store: AuditStore): BeginsLater {
  // Where a record begins does not change.
  const known = new Map<string, Date>()
  return async (clusters, asked) => {
    if (asked.at === undefined && asked.from === undefined && asked.to === undefined) return {}
    if (!clusters?.every(cluster => known.has(cluster)))
      for (const [cluster, began] of await store.recordBegins(clusters)) known.set(cluster, began)
    const begins = [...known].map(([cluster, began]) => ({ cluster, began }))
    return beginsLater(clusters === null ? begins : begins.filter(({ cluster }) => clusters.includes(cluster)), asked)
  }
}

type Begun = { readonly cluster: string; readonly began: Date }

function beginsLater(begins: readonly Begun[], { at, from, to }: TimeAsked): { beginsLater?: RecordBegins[] } {
  const isBefore = (began: Date): boolean =>
    at === undefined ? to !== undefined && began.getTime() >= Date.parse(to) : began.getTime() > Date.parse(at)
  const [earliest] = begins.toSorted((one, other) => one.began.getTime() - other.began.getTime())
  if (earliest && begins.every(({ began }) => isBefore(began)))
    throw beforeRecord(earliest, at === undefined ? 'to' : 'at')
  const later = begins.filter(({ began }) =>
    from === undefined ? isBefore(began) : began.getTime() > Date.parse(from),
  )
  return later.length === 0
    ? {}
    : { beginsLater: later.map(({ cluster, began }) => ({ cluster, recordBegins: began.toISOString() })) }
}

function beforeRecord({ cluster, began }: Begun, parameter: 'at' | 'to'): ProblemError {
  const begins = began.toISOString()
  const detail = `the record of ${cluster} begins at ${begins}, behind the time asked for`
  return new ProblemError('bad-time', detail, `ask from ${begins} on`, { parameter })
}
