import { relative, resolve } from 'node:path'
import type { Taint } from '@rollcall/contracts'
import type { Embedded, EmbeddedOptions, Overview } from '@rollcall/embedded'
import { createClient } from '../client/client.ts'
import { CliError } from '../errors.ts'
import { didYouMean } from '../near.ts'
import { alignColumns } from '../output/table.ts'
import type { Ports } from '../ports.ts'
import { newsWords } from '../sentences/news.ts'
import { tryLines, whereLines } from './guide.ts'
import { type Interruption, onCtrlC } from './interruption.ts'
import { type UpFlags, type UpOptions, upOptions } from './options.ts'
import { createView, type UpView } from './view.ts'

/** The part of `@rollcall/embedded` that is used: loaded late, because it is heavy, and replaced in tests. */
export type EmbeddedModule = {
  startEmbedded(options: EmbeddedOptions): Promise<Embedded>
  readonly stories: readonly { readonly name: string; readonly summary: string }[]
}

const redrawMs = 250
const firstSightMsMax = 5_000

/** `rollcall up`: starts everything, shows the roll call, and stops it on Ctrl-C. @throws CliError */
export async function up(
  flags: UpFlags,
  ports: Ports,
  load: () => Promise<EmbeddedModule> = () => import('@rollcall/embedded'),
): Promise<void> {
  const options = upOptions(flags, ports)
  const { scenario } = flags
  if (scenario === 'list') return listStories((await load()).stories, ports)
  const ctrlC = onCtrlC(ports)
  try {
    const module = await load()
    if (scenario !== undefined) expectStory(scenario, module.stories)
    const view = await createView(ports)
    const embedded = await start(options, module, view, ctrlC.signal, ports)
    if (embedded === null) view.say(['Stopped before everything ran.'])
    else await runUntilTheEnd(embedded, options, view, ctrlC, ports)
  } finally {
    ctrlC.release()
  }
}

function listStories(stories: EmbeddedModule['stories'], { terminal }: Ports): void {
  const rows = stories.map(({ name, summary }) => [name, summary])
  const [head = '', ...lines] = alignColumns([['SCENARIO', 'WHAT HAPPENS'], ...rows])
  terminal.out(`${[terminal.paint('bold', head), ...lines].join('\n')}\n`)
}

function expectStory(wanted: string, stories: EmbeddedModule['stories']): void {
  const names = stories.map(({ name }) => name)
  if (names.includes(wanted)) return
  const mend = didYouMean(wanted, names) ?? `there are ${names.join(', ')}`
  throw new CliError('usage', `--scenario ${wanted}: there is no such story`, mend)
}

/** Null: it was interrupted while it started. */
async function start(
  { embedded: options }: UpOptions,
  { startEmbedded }: EmbeddedModule,
  view: UpView,
  signal: AbortSignal,
  ports: Ports,
): Promise<Embedded | null> {
  const over = new AbortController()
  const spinning = everyWhile(over.signal, ports, () => view.tick())
  try {
    return await startEmbedded({
      ...options,
      signal,
      words: newsWords,
      onProgress: progress => view.progress(progress),
    })
  } catch (error) {
    view.say([])
    if (signal.aborted) return null
    throw asCliError(error)
  } finally {
    over.abort()
    await spinning
  }
}

async function runUntilTheEnd(
  embedded: Embedded,
  options: UpOptions,
  view: UpView,
  { signal, limitStop }: Interruption,
  ports: Ports,
): Promise<void> {
  let failure: Error | null = null
  try {
    const overview = await firstSight(embedded, signal, ports)
    view.say(await guide(embedded, overview, options, ports))
    failure = await watch(embedded, options, view, signal, ports)
  } finally {
    limitStop()
    view.say(['', 'Stopping…'])
    await embedded.stop()
    const kept = options.embedded.ephemeral ? 'nothing is kept' : `everything is kept in ${embedded.dataDir}`
    view.say([`Stopped; ${kept}.`])
  }
  if (failure) throw failure
}

/** Shows the roll call until Ctrl-C, the end of a part, or (with `--once`) its completion. Returns what went wrong. */
async function watch(
  embedded: Embedded,
  options: UpOptions,
  view: UpView,
  signal: AbortSignal,
  ports: Ports,
): Promise<Error | null> {
  const { once, timeoutMs } = options
  const failed: { error: Error | null } = { error: null }
  const ending = new AbortController()
  void embedded.failed.then(error => {
    failed.error = asCliError(error)
    ending.abort()
  })
  const either = AbortSignal.any([signal, ending.signal])
  const since = ports.now()
  while (!either.aborted) {
    const [overview, differences] = await Promise.all([embedded.overview(), embedded.shadowDifferences()])
    if (either.aborted) break
    view.show({ overview, differences, embedded, note: once ? 'ends when complete' : null })
    if (once && isComplete(overview, options)) return null
    if (once && ports.now() - since > timeoutMs) {
      return new CliError(
        'incomplete',
        `the roll call was not complete after ${timeoutMs / 1_000} s (--timeout)`,
        `see ${embedded.dataDir}/rollcall.log`,
      )
    }
    await ports.wait(redrawMs, either)
  }
  return failed.error
}

/**
 * Every cluster is watched, and every DaemonSet has all its pods. In simulated clusters all nodes come to be ready, and
 * where an example was asked for it is wanted on some.
 */
export function isComplete(
  { clusters }: Overview,
  { embedded: { clusters: source } }: Pick<UpOptions, 'embedded'>,
): boolean {
  const isSimulated = source.kind === 'simulated'
  return clusters.every(
    ({ trouble, daemonSets, nodes }) =>
      trouble === null &&
      nodes.total > 0 &&
      daemonSets.every(({ settled }) => settled) &&
      (!isSimulated || nodes.ready === nodes.total) &&
      (!isSimulated || source.example !== true || daemonSets.some(({ desired }) => desired > 0)),
  )
}

/** Waits a moment for the first nodes: with them the guide can name some. */
async function firstSight(embedded: Embedded, signal: AbortSignal, ports: Ports): Promise<Overview> {
  const giveUpAt = ports.now() + firstSightMsMax
  for (;;) {
    const overview = await embedded.overview()
    const isSeen = overview.clusters.every(({ nodes, trouble }) => nodes.total > 0 || trouble !== null)
    if (isSeen || signal.aborted || ports.now() >= giveUpAt) return overview
    await ports.wait(redrawMs, signal)
  }
}

async function guide(embedded: Embedded, overview: Overview, options: UpOptions, ports: Ports): Promise<string[]> {
  const { terminal } = ports
  const invocation = {
    rollcall: ports.invokedAs,
    data: options.isUsualPlace ? null : embedded.dataDir,
    examples: relative(ports.cwd, resolve(import.meta.dirname, '../../../../examples')) || '.',
  }
  const node = await nodeWorthAsking(embedded, ports)
  return [
    '',
    ...whereLines(embedded, terminal),
    '',
    ...tryLines(embedded.clusters, overview, node, invocation, terminal),
    '',
  ]
}

/** A node for the example of `why node`: a tainted one, where not all DaemonSets have a pod. Null: none is on record yet. */
async function nodeWorthAsking({ auditorUrl, clusters: [first] }: Embedded, ports: Ports): Promise<string | null> {
  if (!first) return null
  const client = createClient({ url: auditorUrl, token: null, from: 'rollcall up', cluster: null }, ports)
  // Not by its cluster: a cluster that has not been seen yet is an unknown one.
  const { items } = await client.ask('nodes', {}, { limit: 1_000 })
  const nodes = items.filter(({ cluster }) => cluster === first.name)
  // Taints of the cluster's own say little about what a node is for.
  const isSpecial = ({ key }: Taint) => !/(^|\.)kubernetes\.io\//.test(key)
  return (nodes.find(({ taints }) => taints.some(isSpecial)) ?? nodes[0])?.name ?? null
}

/** Errors of the embedded mode say what was wrong and the mend. */
export function asCliError(thrown: unknown): Error {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown))
  const { name, code, mend } = error as Error & { code?: string; mend?: string | null }
  if (name !== 'EmbeddedError') return error
  const what = mend ? error.message.replace(`: ${mend}`, '') : error.message
  const exit = code === 'cluster' ? 'notFound' : code === 'folder-access' ? 'refused' : 'failed'
  return new CliError(exit, what, mend ?? null, { cause: error })
}

async function everyWhile(signal: AbortSignal, ports: Ports, run: () => void): Promise<void> {
  while (!signal.aborted) {
    run()
    await ports.wait(80, signal)
  }
}
