import { relative, resolve } from 'node:path'
import type { Taint } from '@rollcall/contracts'
import type { Embedded, EmbeddedOptions, Overview } from '@rollcall/embedded'
import { createClient } from '../client/client.ts'
import { CliError } from '../errors.ts'
import { didYouMean } from '../near.ts'
import { alignColumns, oneLine } from '../output/table.ts'
import type { Ports } from '../ports.ts'
import { newsWords } from '../sentences/news.ts'
import { tryLines, whereLines } from './guide.ts'
import { type Interruption, onCtrlC } from './interruption.ts'
import { type UpFlags, type UpOptions, upOptions } from './options.ts'
import { createStoryTold } from './story.ts'
import { asCliError } from './translate.ts'
import { createView, type UpView } from './view.ts'
import { firstSight, watch } from './watch.ts'

/** The part of `@rollcall/embedded` that is used: loaded late, because it is heavy, and replaced in tests. */
export type EmbeddedModule = {
  startEmbedded(options: EmbeddedOptions): Promise<Embedded>
  readonly stories: readonly { readonly name: string; readonly summary: string }[]
}

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
  const story = createStoryTold(ports.now)
  const over = new AbortController()
  const spinning = everyWhile(over.signal, ports, () => view.tick())
  try {
    const embedded = await startEmbedded({
      ...options,
      signal,
      words: newsWords,
      onProgress: progress => view.progress(progress),
      onStory: told => story.note(told),
    })
    return { ...embedded, overview: async () => story.within(await embedded.overview()) }
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
  let failure: Error | null
  try {
    const overview = await firstSight(embedded, signal, ports)
    view.say(await guide(embedded, overview, options, ports))
    failure = await watch(embedded, options, view, signal, ports)
  } catch (error) {
    failure = asCliError(error)
  }
  limitStop()
  view.say(['', 'Stopping…'])
  const stopFailure = await embedded.stop().then(() => null, asCliError)
  if (stopFailure === null) {
    const kept = options.embedded.ephemeral ? 'nothing is kept' : `everything is kept in ${embedded.dataDir}`
    view.say([`Stopped; ${kept}.`])
  } else if (failure !== null) {
    // What ended it is told at last; this would be lost.
    view.say([`Stopped, but not as it should be: ${oneLine(stopFailure.message)}.`])
  }
  if (failure ?? stopFailure) throw failure ?? stopFailure
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
  const items = await client.ask('nodes', {}, { limit: 1_000 }).then(
    answer => answer.items,
    error => {
      // It is only for an example; why the record does not answer is said by the live view.
      if (error instanceof CliError) return []
      throw error
    },
  )
  const nodes = items.filter(({ cluster }) => cluster === first.name)
  // Taints of the cluster's own say little about what a node is for.
  const isSpecial = ({ key }: Taint) => !/(^|\.)kubernetes\.io\//.test(key)
  return (nodes.find(({ taints }) => taints.some(isSpecial)) ?? nodes[0])?.name ?? null
}

async function everyWhile(signal: AbortSignal, ports: Ports, run: () => void): Promise<void> {
  while (!signal.aborted) {
    run()
    await ports.wait(80, signal)
  }
}
