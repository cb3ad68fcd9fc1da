import type { Reason } from '@rollcall/contracts'
import type { SlotStanding, WhyNodeAnswer } from '@rollcall/contracts/api'
import { shortDuration } from '../output/duration.ts'
import { structured } from '../output/format.ts'
import { oneLine } from '../output/table.ts'
import type { Ports } from '../ports.ts'
import { taintText } from '../sentences/changes.ts'
import { endingWords } from '../sentences/closings.ts'
import { decisionLines, type Modes, when } from '../sentences/decision.ts'
import { sentenceOf } from '../sentences/rules.ts'
import { knownOnly, modesOf } from './cluster-of.ts'
import { unknownDaemonSet } from './get-daemonsets.ts'
import { nodeStatus, unknownNode } from './get-nodes.ts'
import { type PlacementRow, placementState } from './get-placements.ts'
import { daemonSetsOf, type QueryOptions, scopeOf } from './scope.ts'

/** `rollcall why node NODE [--daemonset D]`: why each DaemonSet has a pod there, or why not. */
export async function whyNode(
  node: string,
  options: QueryOptions & { readonly daemonset?: string },
  ports: Ports,
): Promise<void> {
  const scope = await scopeOf(options, ports)
  const modes = await modesOf(scope)
  const { daemonset } = options
  const query = daemonSetsOf(daemonset, scope)
  const clusters = scope.clusters ?? [...modes.keys()]
  const { answers, unknown } = await knownOnly(
    clusters.map(cluster => () => scope.client.ask('whyNode', { cluster, node }, query)),
  )
  const isNodeKnown = answers.length > 0 || unknown.has('unknown-daemonset')
  if (!isNodeKnown) throw await unknownNode(node, scope)
  if (daemonset !== undefined && answers.every(({ slots }) => slots.length === 0))
    throw await unknownDaemonSet(daemonset, scope)
  if (scope.format === 'json' || scope.format === 'yaml') {
    ports.terminal.out(await structured(scope.format, { items: answers }))
    return
  }
  const lines = answers.map(answer => whyNodeLines(answer, node, modes.get(answer.cluster) ?? null, ports).join('\n'))
  ports.terminal.out(`${lines.join('\n\n')}\n`)
}

/** What stands of one DaemonSet on a node, now or as of an earlier moment. */
type Standing = Pick<SlotStanding, 'daemonSet' | 'decision'> & {
  readonly placements: readonly PlacementRow[]
} & {
  readonly rollout: { readonly reason: Reason; readonly at?: string; readonly position?: number } | null
} & Partial<Pick<SlotStanding, 'gone' | 'lastPlacement'>>
type NodeStanding = Pick<WhyNodeAnswer, 'cluster'> & {
  readonly node: Parameters<typeof nodeStatus>[0] | null
  readonly slots: readonly Standing[]
}
export type At = { readonly terminal: Pick<Ports['terminal'], 'paint'>; now(): number }

export function whyNodeLines(answer: NodeStanding, name: string, modes: Modes | null, ports: At): string[] {
  const { paint } = ports.terminal
  const { node, slots, cluster } = answer
  const status = node === null ? 'never seen itself, only named' : nodeStatus(node)
  const taints = node && node.taints.length > 0 ? ` · taints ${node.taints.map(taintText).join(', ')}` : ''
  return [
    `${paint('bold', oneLine(`Node ${name}`))} in cluster ${oneLine(`${cluster} · ${status}${taints}`)}`,
    ...(slots.length === 0 ? ['', 'No DaemonSet is on record in this cluster.'] : []),
    ...slots.flatMap(slot => ['', ...slotLines(slot, modes, ports)]),
  ]
}

function slotLines(slot: Standing, modes: Modes | null, { terminal: { paint }, now }: At): string[] {
  const { daemonSet, gone = false, decision, placements } = slot
  const name = paint('bold', oneLine(`${daemonSet.namespace}/${daemonSet.name}`)) + (gone ? ' (gone)' : '')
  const pods = placements.map(placement => {
    const { pod, openedAt } = placement
    return `pod ${pod.name}, ${placementState(placement)}, for ${shortDuration(now() - Date.parse(openedAt))}`
  })
  const head =
    pods.length > 0 ? `${paint('green', '●')} ${name}: ${pods.join('; ')}` : `${paint('yellow', '○')} ${name}: no pod`
  const told =
    decision === null
      ? [
          placements.length > 0
            ? 'It was there before anything was decided about it.'
            : 'Nothing has been decided about it here yet.',
        ]
      : decisionLines(decision, modes, now())
  const lines = [...told, ...rolloutLines(slot, now()), ...lastPodLines(slot, now())]
  return [head, ...lines.map(line => `  ${oneLine(line)}`)]
}

/** What holds the rollout of the whole DaemonSet, for a node whose pod waits for it. */
function rolloutLines({ rollout, daemonSet }: Standing, now: number): string[] {
  if (rollout === null) return []
  const { reason, at, position } = rollout
  const { revision } = reason.facts
  const which = typeof revision === 'string' ? `revision ${revision}` : 'the present template'
  const since = at === undefined ? '' : ` Decided ${when(at, now)} at position ${position}, by the rule ${reason.rule}.`
  return [`Its pod is not of ${which} yet: ${sentenceOf({ daemonSet, node: null, action: 'wait', reason })}${since}`]
}

function lastPodLines({ lastPlacement }: Standing, now: number): string[] {
  if (!lastPlacement?.closed) return []
  return [
    `Its last pod there, ${lastPlacement.pod.name}, ended ${when(lastPlacement.closed.at, now)}: ${endingWords(lastPlacement)}.`,
  ]
}
