import type { OnProgress } from '../fold.ts'
import type { LedgerEntry, LedgerSource } from '../source.ts'

const firstStretch = 2_000
const stretchMax = 50_000

/**
 * The record up to a position, newest stretch first; within a stretch the entries ascend. What happened lately is found soon,
 * and nothing is folded.
 */
export async function* stretchesBack(
  source: LedgerSource,
  position: number,
  onProgress?: OnProgress,
): AsyncGenerator<readonly LedgerEntry[]> {
  let end = position
  let length = firstStretch
  while (end > 0) {
    const start = Math.max(1, end - length + 1)
    const entries: LedgerEntry[] = []
    for await (const entry of source.readFrom(start)) {
      if (entry.position > end) break
      entries.push(entry)
    }
    // What the record does not reach back to: a capture's window, an archived part.
    if (entries.length === 0) return
    yield entries
    onProgress?.({ position: position - start, lastPosition: position })
    end = start - 1
    length = Math.min(stretchMax, length * 2)
  }
}
