import type { HistoryEntry } from '@rollcall/contracts/api'
import { type AskWindow, type Newest, newestOf } from '../client/newest.ts'
import { CliError } from '../errors.ts'
import { localTime } from '../output/duration.ts'
import { structured } from '../output/format.ts'
import { alignColumns, oneLine } from '../output/table.ts'
import type { Ports } from '../ports.ts'
import { endingWords } from '../sentences/closings.ts'
import { commandWords } from '../sentences/commands.ts'
import { isShadow, type Modes } from '../sentences/decision.ts'
import { eventWords } from '../sentences/events.ts'
import { sentenceOf } from '../sentences/rules.ts'
import { sayArchived } from './archived.ts'
import { knownOnly, modesOf } from './cluster-of.ts'
import { daemonSetsNamed, unknownDaemonSet } from './get-daemonsets.ts'
import { unknownNode } from './get-nodes.ts'
import { unknownPod } from './get-placements.ts'
import { type QueryOptions, type Scope, scopeOf, splitName } from './scope.ts'
import { placesOf } from './why-pod.ts'

export type HistoryOptions = QueryOptions & { readonly limit: string; readonly all?: boolean }
type Ask = AskWindow<HistoryEntry>
type Story = { readonly cluster: string } & Newest<HistoryEntry>

/** `rollcall history node|daemonset|pod NAME`: everything that happened to it, oldest first. */
export async function history(
  kind: 'node' | 'daemonset' | 'pod',
  written: string,
  options: HistoryOptions,
  ports: Ports,
): Promise<void> {
  const scope = await scopeOf(options, ports)
  const wanted = options.all ? Number.POSITIVE_INFINITY : countOf(options.limit)
  const modes = await modesOf(scope)
  const places = await askers(kind, written, scope, modes)
  const { answers: stories } = await knownOnly(
    places.map(
      ({ cluster, ask }) =>
        () =>
          storyOf(cluster, ask, wanted),
    ),
  )
  if (stories.length === 0) throw await unknownOf(kind)(written, scope)
  if (scope.format === 'json' || scope.format === 'yaml') {
    const items = stories.map(({ cluster, items, archived }) => ({
      cluster,
      items,
      ...(archived.length > 0 ? { archived } : {}),
    }))
    ports.terminal.out(await structured(scope.format, { items }))
    return
  }
  const told = stories.map(story =>
    historyLines(story, modes.get(story.cluster) ?? null, stories.length > 1, ports).join('\n'),
  )
  ports.terminal.out(`${told.join('\n\n')}\n`)
  sayArchived(
    stories.flatMap(({ archived }) => archived),
    ports,
  )
  if (stories.some(({ isWhole }) => !isWhole))
    ports.terminal.err(`Only the newest ${wanted}: --all shows everything.\n`)
}

export function countOf(text: string): number {
  const count = Number(text)
  if (Number.isInteger(count) && count > 0) return count
  throw new CliError('usage', `--limit ${JSON.stringify(text)} is no number of entries`, 'give a whole number above 0')
}

function unknownOf(kind: 'node' | 'daemonset' | 'pod') {
  return kind === 'node' ? unknownNode : kind === 'pod' ? unknownPod : unknownDaemonSet
}

async function askers(
  kind: string,
  written: string,
  scope: Scope,
  modes: ReadonlyMap<string, Modes>,
): Promise<{ cluster: string; ask: Ask }[]> {
  const { client } = scope
  const { name } = splitName(written)
  if (kind === 'node') {
    const clusters = scope.clusters ?? [...modes.keys()]
    return clusters.map(cluster => ({
      cluster,
      ask: query => client.ask('nodeHistory', { cluster, node: written }, query),
    }))
  }
  if (kind === 'pod') {
    const places = await placesOf(written, scope, modes)
    return places.map(({ cluster, namespace }) => ({
      cluster,
      ask: query => client.ask('podHistory', { cluster, namespace, name }, query),
    }))
  }
  return (await daemonSetsNamed(written, scope)).map(of => ({
    cluster: of.cluster,
    ask: query => client.ask('daemonSetHistory', of, query),
  }))
}

async function storyOf(cluster: string, ask: Ask, wanted: number): Promise<Story> {
  return { cluster, ...(await newestOf(ask, wanted)) }
}

function historyLines(
  { cluster, items }: Story,
  modes: Modes | null,
  isOneOfMany: boolean,
  { terminal: { paint } }: Ports,
): string[] {
  const rows = items.map(entry => [
    localTime(Date.parse(entry.at)),
    String(entry.position),
    entryKind(entry),
    oneLine(entryWords(entry, modes)),
  ])
  const [head = '', ...lines] = alignColumns([['TIME', 'POSITION', 'WHAT', ''], ...rows])
  return [...(isOneOfMany ? [paint('bold', `In cluster ${oneLine(cluster)}`)] : []), paint('bold', head), ...lines]
}

function entryKind(entry: HistoryEntry): string {
  switch (entry.kind) {
    case 'event':
      return entry.event.family === 'observation' ? 'seen' : entry.event.family
    case 'outcome':
      return 'outcome'
    case 'opened':
    case 'closed':
      return 'placement'
    case 'decision':
      return 'decision'
  }
}

export function entryWords(entry: HistoryEntry, modes: Modes | null): string {
  switch (entry.kind) {
    case 'event':
      return eventWords(entry.event)
    case 'outcome':
      return commandWords(entry.command)
    case 'opened':
      return `pod ${entry.placement.pod.name} of ${entry.placement.daemonSet.name} is on node ${entry.placement.node}`
    case 'closed':
      return `pod ${entry.placement.pod.name} of ${entry.placement.daemonSet.name} is gone from node ${entry.placement.node}: ${endingWords(entry.placement)}`
    case 'decision':
      return sentenceOf({ ...entry.decision, observed: isShadow(entry.decision, modes) })
  }
}
