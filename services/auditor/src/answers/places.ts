import { ProblemError } from '../problem.ts'

/** How far each stream was told, by cluster. */
export type Places = ReadonlyMap<string, number>

/** As text that a client keeps and gives back: the `id` of followed events. */
export const writePlaces = (places: Places): string =>
  Buffer.from(JSON.stringify(Object.fromEntries(places))).toString('base64url')

/** @throws ProblemError `bad-cursor` */
export function readPlaces(text: string): Places {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'))
    const entries = Object.entries(parsed as object)
    if (entries.every((entry): entry is [string, number] => isPosition(entry[1]))) return new Map(entries)
  } catch {
    // Told below, like all else that is no list of places.
  }
  const mend = 'send the id of the last event that came, or none, to begin at the end'
  throw new ProblemError('bad-cursor', 'Last-Event-ID is none that this auditor has given', mend)
}

/**
 * Where to begin, as a person writes it: `<cluster>:<position>` each (the last colon counts), or a plain position when one
 * cluster is asked for. @throws ProblemError `bad-parameter`
 */
export function parseFrom(from: readonly string[], clusters: readonly string[] | undefined): Places {
  const places = new Map<string, number>()
  for (const text of from) {
    const colon = text.lastIndexOf(':')
    const cluster = colon < 0 ? (clusters?.length === 1 ? clusters[0] : undefined) : text.slice(0, colon)
    const position = /^\d{1,15}$/.test(text.slice(colon + 1)) ? Number(text.slice(colon + 1)) : null
    if (cluster === undefined || position === null || (clusters && !clusters.includes(cluster))) {
      throw new ProblemError(
        'bad-parameter',
        `from ${JSON.stringify(text)} names no place in a stream that is asked for`,
        'write <cluster>:<position>, or a plain position together with one cluster',
        { parameter: 'from' },
      )
    }
    places.set(cluster, position)
  }
  return places
}

const isPosition = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0
