import type { Attribution } from '@rollcall/contracts/api'
import { subjectOf } from '../ledger/subjects.ts'
import { run } from '../sql/statement.ts'
import type { Sighted } from './read-events.ts'
import type { Reading } from './reading.ts'
import { identityOf } from './seen-object.ts'
import { type SightToAttribute, selectAttributions } from './sql/attributions.ts'

/** The API server's clock may be so far from the watcher's. */
const skewMsMax = 5_000
/** A request that made the first sight of an object is not older than this when its version is not told. */
const firstSightMsMax = 60_000

/** Who asked for what was seen, by position: so far as the audit of the API server has told. */
export async function attributionsOf(
  { session, cluster }: Reading,
  seen: readonly { readonly sight: Sighted; readonly before: Sighted | null }[],
): Promise<ReadonlyMap<number, Attribution>> {
  const sights = seen.flatMap(({ sight, before }) => toAttribute(sight, before) ?? [])
  if (sights.length === 0) return new Map()
  const rows = await run(session, selectAttributions, { cluster, sights })
  return new Map(rows.map(({ position, attributed }) => [position, attributed]))
}

function toAttribute({ position, at, event }: Sighted, before: Sighted | null): SightToAttribute | null {
  const subject = subjectOf(event)
  const identity = identityOf(event)
  if (subject === null || identity === null) return null
  const earlier = before === null ? null : identityOf(before.event)
  return {
    position,
    ...subject,
    uid: identity.uid,
    isGone: event.type.endsWith('Gone'),
    version: numberOf(identity.resourceVersion),
    versionBefore: earlier?.uid === identity.uid ? numberOf(earlier.resourceVersion) : 0n,
    atBefore: before?.at ?? new Date(at.getTime() - firstSightMsMax),
    until: new Date(at.getTime() + skewMsMax),
  }
}

const numberOf = (resourceVersion: string): bigint | null =>
  /^\d{1,18}$/.test(resourceVersion) ? BigInt(resourceVersion) : null
