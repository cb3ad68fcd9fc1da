import type { BlameAnswer, Chain, ChainLink } from '@rollcall/contracts/api'
import { structured } from '../output/format.ts'
import { oneLine } from '../output/table.ts'
import type { Ports } from '../ports.ts'
import { endingWords } from '../sentences/closings.ts'
import { commandLine, isShadow, type Modes, positionWords, when } from '../sentences/decision.ts'
import { attributionWords, eventWords, objectOf } from '../sentences/events.ts'
import { sentenceOf } from '../sentences/rules.ts'
import { knownOnly, modesOf } from './cluster-of.ts'
import { unknownDaemonSet } from './get-daemonsets.ts'
import { unknownNode } from './get-nodes.ts'
import { placementState, unknownPod } from './get-placements.ts'
import { daemonSetsOf, type QueryOptions, scopeOf, splitName } from './scope.ts'
import { placesOf } from './why-pod.ts'

/** `rollcall blame pod [NAMESPACE/]NAME`: from whoever started it to what became of it. */
export async function blamePod(written: string, options: QueryOptions, ports: Ports): Promise<void> {
  const scope = await scopeOf(options, ports)
  const modes = await modesOf(scope)
  const { name } = splitName(written)
  const places = await placesOf(written, scope, modes)
  const questions = places.map(place => () => scope.client.ask('blamePod', { ...place, name }))
  const { answers } = await knownOnly(questions)
  if (answers.length === 0) throw await unknownPod(written, scope)
  await tell(answers, modes, scope.format, ports)
}

/** `rollcall blame node NODE [--daemonset D]`: of each DaemonSet's standing there, who started it. */
export async function blameNode(
  node: string,
  options: QueryOptions & { readonly daemonset?: string },
  ports: Ports,
): Promise<void> {
  const scope = await scopeOf(options, ports)
  const modes = await modesOf(scope)
  const { daemonset } = options
  const query = daemonSetsOf(daemonset, scope)
  const clusters = scope.clusters ?? [...modes.keys()]
  const questions = clusters.map(cluster => () => scope.client.ask('blameNode', { cluster, node }, query))
  const { answers, unknown } = await knownOnly(questions)
  if (answers.length === 0) {
    if (daemonset !== undefined && unknown.has('unknown-daemonset')) throw await unknownDaemonSet(daemonset, scope)
    throw await unknownNode(node, scope)
  }
  await tell(answers, modes, scope.format, ports)
}

async function tell(
  answers: readonly BlameAnswer[],
  modes: ReadonlyMap<string, Modes>,
  format: string,
  ports: Ports,
): Promise<void> {
  if (format === 'json' || format === 'yaml') {
    ports.terminal.out(await structured(format, { items: answers }))
    return
  }
  const told = answers.flatMap(({ cluster, chains }) =>
    chains.map(chain => chainLines(chain, cluster, modes.get(cluster) ?? null, ports).join('\n')),
  )
  if (told.length === 0) ports.terminal.err('No DaemonSet is on record there.\n')
  else ports.terminal.out(`${told.join('\n\n')}\n`)
}

function chainLines(chain: Chain, cluster: string, modes: Modes | null, { terminal: { paint }, now }: Ports): string[] {
  const { daemonSet, node, what, at, links } = chain
  const pod = links.at(-1)
  const name = pod?.kind === 'pod' ? `Pod ${pod.placement.namespace}/${pod.placement.pod.name}` : 'No pod'
  const happened = { opened: 'came', closed: 'ended', standing: 'is to run' }[what]
  const where = `${node === null ? '' : ` on node ${node}`} in cluster ${cluster}`
  const head = `${name} ${happened}${where}, ${when(at, now())}`
  return [
    paint('bold', oneLine(pod?.kind === 'pod' ? head : `${daemonSet.namespace}/${daemonSet.name}: ${head}`)),
    ...links.flatMap(link => linkLines(link, modes, what, now())).map(line => `  ${oneLine(line)}`),
    ...(links.some(isStarted) || links[0]?.kind === 'archived' ? [] : [`  ${nobodyKnown(links)}`]),
  ]
}

const nobodyKnown = (links: readonly ChainLink[]): string =>
  links.some(link => link.kind === 'event' && link.isOlder)
    ? 'Who started it is not on record: it was so before the record began.'
    : 'Who started it is not on record: no audit of the API server told it.'

/** Somebody is known to have asked for it. */
const isStarted = (link: ChainLink): boolean =>
  link.kind === 'event' &&
  link.isOlder !== true &&
  (link.event.family === 'intent' ||
    link.event.attributed !== null ||
    (link.event.by !== null && link.event.by.manager !== ''))

function linkLines(link: ChainLink, modes: Modes | null, what: Chain['what'], now: number): string[] {
  switch (link.kind) {
    case 'event': {
      const { attributed, by, subject, position, family } = link.event
      if (link.isOlder === true) {
        return [`before    ${objectOf(subject)} was there when the record began (position ${position})`]
      }
      if (family === 'intent') return [`person    ${eventWords(link.event)} (position ${position})`]
      const change = `change    ${eventWords({ ...link.event, attributed: null, by: null })} (position ${position})`
      if (attributed !== null) {
        return [
          `person    ${attributionWords(attributed)}`,
          `API call  ${attributed.verb} ${objectOf(subject)} ${when(attributed.requestedAt, now)}`,
          change,
        ]
      }
      return [...(by === null || by.manager === '' ? [] : [`program   ${by.manager} (${by.operation})`]), change]
    }
    case 'archived': {
      const { positions, place } = link
      return [`archived  What led there (${positionWords(positions)}) is archived in ${place}.`]
    }
    case 'decision':
      return [
        `decision  ${sentenceOf({ ...link.decision, observed: isShadow(link.decision, modes) })} (position ${link.decision.position})`,
      ]
    case 'command':
      return [`command   ${link.command.type}: ${commandLine(link.command, now)}`]
    case 'pod': {
      const { placement } = link
      const ended =
        placement.closed === null ? '' : `; gone ${when(placement.closed.at, now)}: ${endingWords(placement)}`
      const state = what === 'opened' && placement.closed === null ? `, ${placementState(placement)}` : ''
      return [
        `pod       ${placement.pod.name} on node ${placement.node} since ${when(placement.openedAt, now)}${state}${ended}`,
      ]
    }
  }
}
