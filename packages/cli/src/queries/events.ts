import { type EventsQuery, eventTypeSchema, type LedgerEvent, type QueryOf } from '@rollcall/contracts/api'
import { follow } from '../client/follow.ts'
import { newestOf } from '../client/newest.ts'
import { CliError } from '../errors.ts'
import { didYouMean } from '../near.ts'
import { localTime } from '../output/duration.ts'
import { type OutputFormat, structured } from '../output/format.ts'
import { alignColumns, oneLine } from '../output/table.ts'
import type { Ports } from '../ports.ts'
import { eventWords } from '../sentences/events.ts'
import { sayArchived } from './archived.ts'
import { countOf } from './history.ts'
import { type QueryOptions, type Scope, scopeOf, splitName } from './scope.ts'

export type EventsOptions = QueryOptions & {
  readonly follow?: boolean
  readonly limit: string
  readonly type?: readonly string[]
  readonly node?: string
  readonly pod?: string
  readonly daemonset?: string
}

/** `rollcall events [--follow]`: the ledger's events, oldest first, as sentences. */
export async function events(options: EventsOptions, ports: Ports): Promise<void> {
  const scope = await scopeOf(options, ports)
  const filter = { cluster: scope.clusters, type: typesOf(options.type), ...subjectOf(options) }
  const wanted = countOf(options.limit)
  const { items, archived } = await newestOf<LedgerEvent>(
    page => scope.client.ask('events', {}, { ...filter, ...page }),
    wanted,
  )
  if (!options.follow) {
    if (scope.format === 'json' || scope.format === 'yaml')
      ports.terminal.out(await structured(scope.format, { items, ...(archived.length > 0 ? { archived } : {}) }))
    else if (items.length === 0) ports.terminal.err('No events on record.\n')
    else ports.terminal.out(`${tableOf(items, scope.format, ports).join('\n')}\n`)
    if (scope.format !== 'json' && scope.format !== 'yaml') sayArchived(archived, ports)
    return
  }
  await followOn(scope, filter, items, ports)
}

function typesOf(types: readonly string[] | undefined): EventsQuery['type'] {
  return types?.map(text => {
    const known = eventTypeSchema.options.find(type => type.toLowerCase() === text.toLowerCase())
    if (known !== undefined) return known
    const all = eventTypeSchema.options
    throw new CliError(
      'usage',
      `--type ${text} is no type of event`,
      didYouMean(text, all) ?? `it can be ${all.join(', ')}`,
    )
  })
}

function subjectOf({
  node,
  pod,
  daemonset,
  namespace,
}: EventsOptions): Pick<EventsQuery, 'kind' | 'name' | 'namespace'> {
  const given = [node, pod, daemonset].filter(name => name !== undefined)
  if (given.length > 1) throw new CliError('usage', '--node, --pod and --daemonset name one object', 'give one of them')
  const written = given[0]
  if (written === undefined) return {}
  if (node !== undefined) return { kind: 'Node', name: node }
  const { namespace: qualifier, name } = splitName(written)
  const within = qualifier ?? namespace
  if (within === undefined) {
    const option = pod === undefined ? '--daemonset' : '--pod'
    throw new CliError(
      'usage',
      `${option} ${written} is in which namespace?`,
      `write ${option} NAMESPACE/${name}, or add -n`,
    )
  }
  return { kind: pod === undefined ? 'DaemonSet' : 'Pod', name, namespace: within }
}

const cells = (event: LedgerEvent, format: OutputFormat): string[] => [
  localTime(Date.parse(event.at)),
  oneLine(event.cluster),
  ...(format === 'wide' ? [String(event.position), event.type] : []),
  oneLine(eventWords(event)),
]

function tableOf(items: readonly LedgerEvent[], format: OutputFormat, { terminal: { paint } }: Ports): string[] {
  const titles = ['TIME', 'CLUSTER', ...(format === 'wide' ? ['POSITION', 'TYPE'] : []), 'WHAT HAPPENED']
  const [head = '', ...lines] = alignColumns([titles, ...items.map(event => cells(event, format))])
  return [paint('bold', head), ...lines]
}

/** What is on record already, then what comes, until it is interrupted. */
async function followOn(
  scope: Scope,
  filter: Partial<EventsQuery>,
  items: readonly LedgerEvent[],
  ports: Ports,
): Promise<void> {
  const { terminal } = ports
  const { format } = scope
  const widths = columnWidths(items, format)
  const write = async (event: LedgerEvent) => {
    if (format === 'json') terminal.out(`${JSON.stringify(event)}\n`)
    else if (format === 'yaml') terminal.out(`---\n${await structured('yaml', event)}`)
    else
      terminal.out(
        `${cells(event, format)
          .map((cell, index) => cell.padEnd(widths[index] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
      )
  }
  const seen = new Map<string, number>()
  for (const event of items) {
    seen.set(event.cluster, event.position)
    await write(event)
  }
  const stopping = new AbortController()
  const release = ports.onInterrupt(() => stopping.abort())
  try {
    const onOutage = (why: string) => terminal.err(`rollcall: ${why}; tries again\n`)
    const query: QueryOf<'follow'> = {
      ...filter,
      from: [...seen].map(([cluster, position]) => `${cluster}:${position}`),
    }
    for await (const event of follow(scope.client.server, { query, signal: stopping.signal, onOutage }, ports))
      await write(event)
  } finally {
    release()
  }
}

/** Lines come one at a time: columns keep the widths that the first ones asked for. */
function columnWidths(items: readonly LedgerEvent[], format: OutputFormat): number[] {
  const rows = items.map(event => cells(event, format).slice(0, -1))
  const [first] = rows
  return (first ?? []).map((_, column) => Math.max(...rows.map(row => row[column]?.length ?? 0)))
}
