import { open, rename, rm } from 'node:fs/promises'
import { CliError } from '../errors.ts'
import { shortDuration } from '../output/duration.ts'
import { timeArgument } from '../output/time-argument.ts'
import type { Ports } from '../ports.ts'
import { modesOf } from '../queries/cluster-of.ts'
import { daemonSetsOf, type QueryOptions, scopeOf, unknownName } from '../queries/scope.ts'
import { decisionColumns, type ExportColumn, eventColumns, placementColumns } from './columns.ts'
import { type ExportFormat, type ExportKind, exportFormats } from './kinds.ts'
import { decisionPages, type ExportAsked, eventPages, type OnShare, placementPages } from './pages.ts'
import { createProgressBar } from './progress-bar.ts'
import { spanColumns } from './span-columns.ts'
import { spanPages } from './span-pages.ts'
import { writeParquet, writeText } from './write-rows.ts'

export type ExportOptions = Omit<QueryOptions, 'output'> & {
  readonly format?: ExportFormat
  readonly daemonset?: string
  readonly node?: readonly string[]
  /** Labels of nodes. */
  readonly selector?: string
  readonly from?: string
  readonly to?: string
  /** `-`: standard output. */
  readonly output: string
}

/**
 * `rollcall export placements|decisions|events|coverage|… -o FILE`: page by page, so that memory holds one page (of Parquet one group of rows),
 * into `FILE.part`, which becomes FILE when all of it is there.
 */
export async function exportRecords(kind: ExportKind, options: ExportOptions, ports: Ports): Promise<void> {
  const format = options.format ?? formatOf(options.output)
  const { output, ...asking } = options
  if (kind === 'events' && options.namespace !== undefined) {
    throw new CliError('usage', 'events are not exported by namespace', 'leave -n out')
  }
  if (kind === 'events' && (options.selector ?? options.daemonset ?? options.node) !== undefined) {
    throw new CliError('usage', 'events are not exported by node or DaemonSet', 'leave -l, --node and --daemonset out')
  }
  const scope = await scopeOf({ ...asking, output: 'table' }, ports)
  const known = [...(await modesOf(scope)).keys()]
  const unknown = scope.clusters?.find(cluster => !known.includes(cluster))
  if (unknown !== undefined) {
    throw unknownName('cluster', unknown, { clusters: undefined }, known, 'rollcall get clusters')
  }
  const time = (name: 'from' | 'to') => {
    const text = options[name]
    return text === undefined ? undefined : timeArgument(`--${name}`, text, ports.now())
  }
  const ofDaemonSets = daemonSetsOf(options.daemonset, scope)
  // What comes while it is read is not part of it.
  const asked: ExportAsked = {
    clusters: scope.clusters ?? known,
    namespaces: ofDaemonSets.namespace,
    daemonSets: ofDaemonSets.daemonSet,
    nodes: options.node ? [...options.node] : undefined,
    labelSelector: options.selector,
    from: time('from'),
    to: time('to') ?? new Date(ports.now()).toISOString(),
  }
  if (asked.from !== undefined && asked.from >= asked.to)
    throw new CliError('usage', `--from ${options.from} is not before ${options.to ?? 'now'}`, 'turn them round')
  const begunAt = ports.now()
  const bar = createProgressBar(kind, ports)
  const { columns, pages } = sourceOf(kind, asked, scope.client, bar.onShare)
  const counted = counting(pages, bar.onRows)
  try {
    await writeOut(format, columns, counted, output, ports)
  } finally {
    bar.clear()
  }
  if (output === '-') return
  const took = shortDuration(ports.now() - begunAt)
  ports.terminal.err(`${bar.rows().toLocaleString('en')} ${kind} in ${output} (${format}), in ${took}.\n`)
}

function formatOf(output: string): ExportFormat {
  const ending = /\.(csv|jsonl?|ndjson|parquet)$/.exec(output)?.[1]
  if (ending === undefined)
    throw new CliError(
      'usage',
      `the format of ${output} is not clear from its name`,
      'add --format csv, json or parquet',
    )
  return exportFormats.find(format => format === ending) ?? 'json'
}

type Source = {
  readonly columns: readonly ExportColumn<never>[]
  readonly pages: AsyncIterable<readonly never[]>
}

function sourceOf(
  kind: ExportKind,
  asked: ExportAsked,
  client: Parameters<typeof placementPages>[0],
  onShare: OnShare,
): Source {
  switch (kind) {
    case 'placements':
      return { columns: placementColumns, pages: placementPages(client, asked, onShare) } as unknown as Source
    case 'decisions':
      return { columns: decisionColumns, pages: decisionPages(client, asked, onShare) } as unknown as Source
    case 'events':
      return { columns: eventColumns, pages: eventPages(client, asked, onShare) } as unknown as Source
    default:
      return { columns: spanColumns[kind], pages: spanPages(client, kind, asked, onShare) } as unknown as Source
  }
}

async function* counting<Item>(pages: AsyncIterable<readonly Item[]>, onRows: (count: number) => void) {
  for await (const items of pages) {
    onRows(items.length)
    yield items
  }
}

async function writeOut<Item>(
  format: ExportFormat,
  columns: readonly ExportColumn<Item>[],
  pages: AsyncIterable<readonly Item[]>,
  output: string,
  { terminal }: Ports,
): Promise<void> {
  if (output === '-') {
    if (format === 'parquet')
      throw new CliError('usage', 'Parquet is no text', 'name a file: -o FILE.parquet, or take --format csv or json')
    await writeText(format, columns, pages, async text => {
      terminal.out(text)
    })
    return
  }
  const part = `${output}.part`
  const file = await open(part, 'w').catch((error: Error) => {
    throw new CliError('failed', `${part} cannot be written: ${error.message}`, 'choose another place with -o')
  })
  try {
    if (format === 'parquet') await writeParquet(columns, pages, file)
    else await writeText(format, columns, pages, text => file.writeFile(text))
    await file.close()
    await rename(part, output)
  } catch (error) {
    await file.close()
    await rm(part, { force: true })
    throw error
  }
}
