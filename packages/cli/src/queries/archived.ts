import type { Archived, RecordBegins } from '@rollcall/contracts/api'
import { oneLine } from '../output/table.ts'
import type { Ports } from '../ports.ts'

/** What is not told because it is no longer in the database, and where it is. */
export function sayArchived(archived: readonly Archived[], { terminal }: Pick<Ports, 'terminal'>): void {
  for (const { cluster, lastPosition, lastAt, place } of archived) {
    const until = `positions 1 to ${lastPosition}, until ${lastAt}`
    terminal.err(`What came before of ${oneLine(cluster)} (${until}) is archived in ${oneLine(place)}.\n`)
  }
}

/** Of which clusters not all is told, because their record begins later than the time asked about. */
export function sayBeginsLater(clusters: readonly RecordBegins[], { terminal }: Pick<Ports, 'terminal'>): void {
  for (const { cluster, recordBegins } of clusters)
    terminal.err(`The record of ${oneLine(cluster)} begins at ${recordBegins}: what was before is not told.\n`)
}
