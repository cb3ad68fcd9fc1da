import type { PodStory, WhyPodAnswer } from '@rollcall/contracts/api'
import { structured } from '../output/format.ts'
import { oneLine } from '../output/table.ts'
import type { Ports } from '../ports.ts'
import { closingWords } from '../sentences/closings.ts'
import { commandLine, decisionLines, type Modes, when } from '../sentences/decision.ts'
import { knownOnly, modesOf } from './cluster-of.ts'
import { placementState, unknownPod } from './get-placements.ts'
import { namespacesOf, type QueryOptions, type Scope, scopeOf, splitName } from './scope.ts'
import type { At } from './why-node.ts'

/** `rollcall why pod [NAMESPACE/]NAME`: who wanted it and why, what became of it, what ended it. */
export async function whyPod(written: string, options: QueryOptions, ports: Ports): Promise<void> {
  const scope = await scopeOf(options, ports)
  const modes = await modesOf(scope)
  const { name } = splitName(written)
  const places = await placesOf(written, scope, modes)
  const { answers } = await knownOnly(
    places.map(
      ({ cluster, namespace }) =>
        () =>
          scope.client.ask('whyPod', { cluster, namespace, name }),
    ),
  )
  if (answers.length === 0) throw await unknownPod(written, scope)
  if (scope.format === 'json' || scope.format === 'yaml') {
    ports.terminal.out(await structured(scope.format, { items: answers }))
    return
  }
  const told = answers.map(answer => whyPodLines(answer, modes.get(answer.cluster) ?? null, ports).join('\n'))
  ports.terminal.out(`${told.join('\n\n')}\n`)
}

/** Where a pod of that name is, or was: as it was written, else wherever one is on record. */
export async function placesOf(
  written: string,
  scope: Scope,
  modes: ReadonlyMap<string, Modes>,
): Promise<{ readonly cluster: string; readonly namespace: string }[]> {
  const namespaces = namespacesOf(written, scope)
  const clusters = scope.clusters ?? [...modes.keys()]
  if (namespaces) return clusters.flatMap(cluster => namespaces.map(namespace => ({ cluster, namespace })))
  const { name } = splitName(written)
  const found = await scope.client.all('placements', { cluster: scope.clusters, name: [name], presence: 'all' })
  const places = new Map(found.map(({ cluster, namespace }) => [`${cluster} ${namespace}`, { cluster, namespace }]))
  return [...places.values()]
}

export function whyPodLines(
  { cluster, namespace, name, stories }: WhyPodAnswer,
  modes: Modes | null,
  ports: At,
): string[] {
  const { paint } = ports.terminal
  return [
    `${paint('bold', oneLine(`Pod ${namespace}/${name}`))} in cluster ${oneLine(cluster)}`,
    ...stories.flatMap((story, index) => [
      ...(index > 0 ? ['', paint('bold', 'Before that, another pod of the same name')] : []),
      ...storyLines(story, modes, ports),
    ]),
  ]
}

function storyLines(story: PodStory, modes: Modes | null, { terminal: { paint }, now }: At): string[] {
  const { daemonSet, node, created, ended, standing, placement } = story
  const section = (title: string, lines: readonly string[]) => [
    '',
    paint('bold', title),
    ...lines.map(line => `  ${oneLine(line)}`),
  ]
  const isOpen = placement !== null && placement.closed === null
  return [
    `  of DaemonSet ${daemonSet.namespace}/${daemonSet.name}${node === null ? '' : `, on node ${node}`}`,
    ...placementLines(story, now()).map(line => `  ${oneLine(line)}`),
    ...section(isOpen ? 'Why it is there' : 'Why it was to be there', createdLines(created, modes, now())),
    ...(ended ? section(isOpen ? 'Why it is to end' : 'Why it ended', actLines(ended, modes, now())) : []),
    ...(ended === null && placement?.closed
      ? section('Why it ended', [sentence(closingWords(placement) ?? 'its end is not explained')])
      : []),
    ...(standing && standing.position !== created?.decision?.position && standing.position !== ended?.decision?.position
      ? section(`What is decided for ${daemonSet.name} on its node now`, decisionLines(standing, modes, now()))
      : []),
  ]
}

const sentence = (clause: string): string => `${clause.slice(0, 1).toUpperCase()}${clause.slice(1)}.`

function placementLines({ placement }: PodStory, now: number): string[] {
  if (placement === null) return ['It was decided on, but no such pod has been seen.']
  const { openedAt, readyAt, finishedAt, terminatingAt, closed, provisional } = placement
  const unseen = provisional ? ', by the outcome of its creation; not yet seen itself' : ''
  return [
    `${placementState(placement)} · there since ${when(openedAt, now)}${unseen}`,
    ...(readyAt === null ? [] : [`first ready ${when(readyAt, now)}`]),
    ...(finishedAt === null ? [] : [`its containers ended ${when(finishedAt, now)} (${placement.phase})`]),
    ...(terminatingAt === null ? [] : [`being deleted since ${when(terminatingAt, now)}`]),
    ...(closed === null ? [] : [`gone ${when(closed.at, now)}`]),
  ]
}

function createdLines(created: PodStory['created'], modes: Modes | null, now: number): string[] {
  return created === null
    ? ['Rollcall did not create it: it was there before, or others made it.']
    : actLines(created, modes, now)
}

function actLines({ command, decision }: NonNullable<PodStory['created']>, modes: Modes | null, now: number): string[] {
  if (decision !== null) return decisionLines(decision, modes, now)
  return [`Command ${command.type}: ${commandLine(command, now)}.`, 'The decision behind it is older than the record.']
}
