/** A row of a stream: the event of a position (seq 0), or a decision point after it (1, 2, …). */
export type LedgerRowPlace = { readonly position: number; readonly seq: number }

export function isBehind(place: LedgerRowPlace, other: LedgerRowPlace): boolean {
  return place.position > other.position || (place.position === other.position && place.seq > other.seq)
}
