import type { EventSummary } from '@rollcall/contracts/api'
import { newestOf } from '../client/newest.ts'
import { localTime } from '../output/duration.ts'
import { printList } from '../output/format.ts'
import { type Column, oneLine } from '../output/table.ts'
import type { Ports } from '../ports.ts'
import { eventWords } from '../sentences/events.ts'
import { daemonSetsNamed } from './get-daemonsets.ts'
import { countOf } from './history.ts'
import { type QueryOptions, scopeOf } from './scope.ts'

export type ChangesOptions = QueryOptions & { readonly limit: string; readonly all?: boolean }

/** `rollcall get changes [NAMESPACE/]NAME`: who changed it, when, and what. */
export async function getChanges(written: string, options: ChangesOptions, ports: Ports): Promise<void> {
  const scope = await scopeOf(options, ports)
  const wanted = options.all ? Number.POSITIVE_INFINITY : countOf(options.limit)
  const rows: EventSummary[] = []
  let isWhole = true
  for (const of of await daemonSetsNamed(written, scope)) {
    const found = await newestOf<EventSummary>(page => scope.client.ask('changes', of, page), wanted)
    rows.push(...found.items)
    isWhole &&= found.isWhole
  }
  await printList({ rows, columns, what: `changes of ${written}` }, scope.format, ports)
  if (!isWhole) ports.terminal.err(`Only the newest ${wanted} of each cluster: --all shows everything.\n`)
}

const columns: Column<EventSummary>[] = [
  { title: 'TIME', cell: ({ at }) => localTime(Date.parse(at)) },
  { title: 'CLUSTER', cell: ({ cluster }) => oneLine(cluster) },
  { title: 'POSITION', cell: ({ position }) => String(position), isWide: true },
  { title: 'BY', cell: ({ by }) => oneLine(by?.manager || '-') },
  { title: 'OPERATION', cell: ({ by }) => oneLine(by?.operation || '-'), isWide: true },
  // Who did it stands in a column of its own.
  { title: 'WHAT', cell: event => oneLine(eventWords({ ...event, by: null })) },
]
