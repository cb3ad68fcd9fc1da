import type { Instant } from './placements.ts'
import type { ObjectRow } from './rows.ts'

/** Rows of one kind of watched object that a batch has touched, by cluster and uid: the last word of each wins. */
export type ObjectFold<Facts> = Map<string, ObjectRow<Facts>>

export function putObject<Facts extends { readonly uid: string }>(
  fold: ObjectFold<Facts>,
  cluster: string,
  { position, at }: Instant,
  facts: Facts,
  gone: { readonly inferred: boolean } | null,
): void {
  const key = `${cluster}\u0000${facts.uid}`
  const before = fold.get(key)
  fold.set(key, {
    cluster,
    uid: facts.uid,
    facts,
    // Kept by the store when the row is there already.
    firstPosition: before?.firstPosition ?? position,
    firstAt: before?.firstAt ?? at,
    lastPosition: position,
    lastAt: at,
    gonePosition: gone ? position : null,
    goneAt: gone ? at : null,
    inferred: gone?.inferred ?? false,
  })
}
