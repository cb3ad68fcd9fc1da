import type { Command, DecisionPoint, PodFacts } from '@rollcall/contracts'
import type { Placement, PodStory } from '@rollcall/contracts/api'
import type { ClusterState } from '@rollcall/daemonset'
import { presentCore } from '../core.ts'
import { ReplayError } from '../errors.ts'
import { beginBefore, foldEntry, type OnProgress } from '../fold.ts'
import type { LedgerSource } from '../source.ts'
import { commandRecord, decisionOf, decisionRecord } from './decision-record.ts'
import { stretchesBack } from './look-back.ts'
import { standingDecisions } from './why-node.ts'

export type PodName = { readonly namespace: string; readonly name: string }

type Act = { readonly command: Command; readonly point: DecisionPoint }
type Sight = { readonly position: number; readonly at: number; readonly pod: PodFacts }
type Trail = {
  created: Act | null
  /** Newest first. */
  readonly endings: Act[]
  readonly sights: Sight[]
  gone: { position: number; at: number } | null
}

/**
 * The story of a pod up to the moment of the state: who wanted it and why, what had become of it. Of a name that was used
 * several times, the newest. @throws ReplayError when the record up to then never speaks of it
 */
export async function whyPodAsOf(
  source: LedgerSource,
  state: ClusterState,
  name: PodName,
  onProgress?: OnProgress,
): Promise<PodStory> {
  const trail = await trailOf(source, state, name, onProgress)
  const { created, sights } = trail
  const last = sights[0]?.pod ?? state.pods.get(`${name.namespace}/${name.name}`)?.facts ?? null
  if (last === null && created === null) {
    throw new ReplayError(
      'not-found',
      `up to position ${state.position} ${source.name} never speaks of pod ${name.namespace}/${name.name}`,
    )
  }
  const ending = trail.endings.find(({ command }) => 'pod' in command && command.pod.uid === last?.uid) ?? null
  const owner = created?.command.daemonSet ?? {
    namespace: name.namespace,
    name: last?.owner?.name ?? '',
    uid: last?.owner?.uid ?? '',
  }
  const node = last?.nodeName ?? last?.target ?? (created && 'node' in created.command ? created.command.node : null)
  const standing =
    node === null ? undefined : (await standingDecisions(source, state, node, new Set([owner.uid]))).get(owner.uid)
  return {
    daemonSet: owner,
    node,
    placement: last === null || node === null ? null : await placementOf(source, state, last, node, trail, ending),
    created: created && (await actRecord(source, state, created)),
    ended: ending && (await actRecord(source, state, ending)),
    standing: standing ? await decisionRecord(source, state, standing.point, standing.decision) : null,
  }
}

async function actRecord(source: LedgerSource, state: ClusterState, { command, point }: Act) {
  const decision = decisionOf(point, command.id)
  return {
    command: await commandRecord(source, state, command),
    decision: decision && (await decisionRecord(source, state, point, decision)),
  }
}

/** Everything the record says of the name, back to the pod's creation. */
async function trailOf(
  source: LedgerSource,
  state: ClusterState,
  { namespace, name }: PodName,
  onProgress?: OnProgress,
): Promise<Trail> {
  const trail: Trail = { created: null, endings: [], sights: [], gone: null }
  const known = state.pods.get(`${namespace}/${name}`)?.facts ?? null
  for await (const entries of stretchesBack(source, state.position, onProgress)) {
    for (const entry of [...entries].reverse()) {
      if (entry.kind === 'decision') {
        for (const command of entry.point.commands) {
          if (command.daemonSet.namespace !== namespace) continue
          const ends = command.type === 'DeletePod' || command.type === 'EvictPod' || command.type === 'ReleasePod'
          if (ends && command.pod.name === name) {
            trail.endings.push({ command, point: entry.point })
          }
          if (command.type !== 'CreatePod' || command.podName !== name) continue
          trail.created = { command, point: entry.point }
          return trail
        }
        continue
      }
      const { event, position } = entry
      if (event.type === 'PodObserved' && event.pod.namespace === namespace && event.pod.name === name) {
        // Another pod had the name before.
        if (trail.sights[0] && trail.sights[0].pod.uid !== event.pod.uid) return trail
        trail.sights.push({ position, at: event.at, pod: event.pod })
      }
      if (event.type === 'PodGone' && event.namespace === namespace && event.name === name) {
        if (trail.sights.length > 0) return trail
        trail.gone ??= { position, at: event.at }
      }
      // Others made it, and it was there from then on: before there is nothing to be found.
      if (known !== null && known.commandId === null && event.at < known.createdAt - 60_000) return trail
    }
  }
  return trail
}

const instant = (ms: number): string => new Date(ms).toISOString()
const instantOr = (ms: number | undefined): string | null => (ms === undefined ? null : instant(ms))

async function placementOf(
  source: LedgerSource,
  state: ClusterState,
  last: PodFacts,
  node: string,
  { created, sights, gone }: Trail,
  ending: Act | null,
): Promise<Placement> {
  const oldestFirst = [...sights].reverse()
  const [first] = oldestFirst
  const at = (is: (pod: PodFacts) => boolean) => oldestFirst.find(({ pod }) => is(pod))?.at
  const readyAt = at(({ ready }) => ready)
  const isHere = state.pods.has(`${last.namespace}/${last.name}`)
  const end = isHere ? null : (gone ?? (await vanishedAt(source, state, last, sights[0]?.position ?? state.position)))
  const rule = ending && (decisionOf(ending.point, ending.command.id)?.reason.rule ?? null)
  // Kubernetes writes whole seconds: it was created before the next, and not after it was seen.
  const openedAt = Math.min(first?.at ?? Number.POSITIVE_INFINITY, last.createdAt + 1_000)
  return {
    cluster: state.cluster,
    namespace: last.namespace,
    daemonSet: { name: last.owner?.name ?? '', uid: last.owner?.uid ?? '' },
    node,
    pod: { name: last.name, uid: last.uid },
    revision: last.labels['controller-revision-hash'] ?? null,
    openedAt: instant(openedAt),
    openedPosition: first?.position ?? state.position,
    openedBy: last.commandId ?? created?.command.id ?? null,
    provisional: sights.length === 0,
    phase: last.phase,
    ready: isHere && last.ready,
    boundAt: instantOr(at(({ nodeName }) => nodeName !== null)),
    readyAt: instantOr(readyAt),
    finishedAt: instantOr(at(({ phase }) => phase === 'Failed' || phase === 'Succeeded')),
    terminatingAt: instantOr(at(({ deletedAt }) => deletedAt !== null)),
    ending: ending && rule !== null ? { command: ending.command.id, type: ending.command.type, rule } : null,
    closed: end && {
      at: instant(end.at),
      position: end.position,
      by: ending?.command.id ?? null,
      cause: rule ?? (gone ? 'deleted by others' : 'vanished'),
      inferred: gone === null,
    },
  }
}

/** Its end was not seen, but concluded: the first position at which the state knows it no more. */
async function vanishedAt(source: LedgerSource, state: ClusterState, { namespace, name }: PodFacts, seenAt: number) {
  const { state: folded, entries } = await beginBefore(source, { position: seenAt }, presentCore)
  for await (const entry of entries) {
    foldEntry(presentCore, folded, entry)
    if (entry.position > state.position) break
    if (folded.position > seenAt && !folded.pods.has(`${namespace}/${name}`)) {
      return { position: folded.position, at: folded.now }
    }
  }
  return { position: state.position, at: state.now }
}
