import type { Archived } from '@rollcall/contracts/api'
import { oneLine } from '../output/table.ts'
import type { Ports } from '../ports.ts'

/** What is not told because it is no longer in the database, and where it is. */
export function sayArchived(archived: readonly Archived[], { terminal }: Pick<Ports, 'terminal'>): void {
  for (const { cluster, lastPosition, lastAt, place } of archived) {
    const until = `positions 1 to ${lastPosition}, until ${lastAt}`
    terminal.err(`What came before of ${oneLine(cluster)} (${until}) is archived in ${oneLine(place)}.\n`)
  }
}
