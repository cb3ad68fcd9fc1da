import type { Command, DaemonSetFacts, Effect, Event, NodeFacts, PodFacts, Taint } from '@rollcall/contracts'
import { familyOf } from '@rollcall/contracts'
import type { ClusterState } from '@rollcall/daemonset'
import { sameJson } from '../same-json.ts'
import type { LedgerEntry } from '../source.ts'
import { isTerminal, placeOf } from './cluster-model.ts'
import type { PodPlace } from './latencies.ts'

/**
 * What came from outside, and so happens again whatever Rollcall decides: nodes and what people and machines do to them, edits of
 * DaemonSets, pods of others, what became of a pod by itself or by others, and what was asked for. All else (pods of DaemonSets,
 * their revisions and status, outcomes, ticks) is the cluster's answer, and is simulated.
 */
export type Outside = { readonly at: number; readonly position: number } & (
  | { readonly kind: 'node'; readonly node: NodeFacts; readonly before: NodeFacts | null }
  | { readonly kind: 'nodeGone'; readonly node: NodeFacts }
  | { readonly kind: 'daemonSet'; readonly daemonSet: DaemonSetFacts; readonly before: DaemonSetFacts | null }
  | { readonly kind: 'daemonSetGone'; readonly daemonSet: DaemonSetFacts }
  /** Of the pod that stands there then. `change` null: it is deleted. `isOwn`: it is in the pod's own revision. */
  | {
      readonly kind: 'pod'
      readonly place: PodPlace
      readonly change: Partial<PodFacts> | null
      readonly isOwn: boolean
    }
  | { readonly kind: 'foreignPod'; readonly pod: PodFacts }
  | { readonly kind: 'foreignPodGone'; readonly pod: PodFacts }
  | { readonly kind: 'asked'; readonly event: Event }
)

/** Reasons of failed pods that their node has, not they. */
const nodeReasons =
  /^(Evicted|Preempting|Terminated|NodeLost|NodeAffinity|NodeShutdown|Shutdown|Taint.*|OutOf.*|Unexpected.*)$/

/** Tells from each event of a record what came from outside. The state is that of the record. */
export class OutsideReader {
  readonly #pods = new Map<string, PodFacts>()
  readonly #wereReady = new Set<string>()
  readonly #ended = new Set<string>()
  /** Taints that Rollcall takes away, by the node's uid. */
  readonly #untainted = new Map<string, Taint[]>()
  /** DaemonSets that Rollcall rolls back, with the digest of the template that is to be replaced. */
  readonly #rolledBack = new Map<string, string>()
  readonly #nodes = new Map<string, NodeFacts>()
  readonly #daemonSets = new Map<string, DaemonSetFacts>()

  constructor(state: ClusterState) {
    for (const node of state.nodes.values()) this.#nodes.set(node.name, node)
    for (const { facts } of state.daemonSets.values()) this.#daemonSets.set(facts.uid, facts)
    for (const { facts } of state.pods.values()) this.#remember(facts)
    for (const { command } of state.flights.values()) this.#noteOwn(command)
  }

  decided({ point }: Extract<LedgerEntry, { kind: 'decision' }>): void {
    for (const command of point.commands) this.#noteOwn(command)
  }

  #noteOwn(command: Command): void {
    if (command.type === 'DeletePod' || command.type === 'EvictPod') this.#ended.add(command.pod.uid)
    if (command.type === 'UntaintNode') {
      const { nodeUid, taint } = command
      this.#untainted.set(nodeUid, [...(this.#untainted.get(nodeUid) ?? []), taint])
    }
    if (command.type === 'RollBack') this.#rolledBack.set(command.daemonSet.uid, command.templateDigest)
  }

  /** The first edit of the template behind our own roll-back is the roll-back. */
  #isRolledBack({ uid, template }: DaemonSetFacts): boolean {
    const replaced = this.#rolledBack.get(uid)
    if (replaced === undefined || replaced === template.digest) return false
    this.#rolledBack.delete(uid)
    return true
  }

  /** `effects`: what folding the event changed in the state. */
  read(position: number, event: Event, effects: readonly Effect[]): Outside[] {
    const when = { at: event.at, position }
    if (familyOf(event.type) === 'intent') return [{ ...when, kind: 'asked', event }]
    const isAnswer = event.type === 'CommandSettled'
    return effects.flatMap((effect): Outside[] => {
      switch (effect.kind) {
        case 'nodePut': {
          const before = this.#nodes.get(effect.node.name) ?? null
          this.#nodes.set(effect.node.name, effect.node)
          if (isAnswer) return []
          return [{ ...when, kind: 'node', node: this.#asFound(effect.node), before: before && this.#asFound(before) }]
        }
        case 'nodeGone':
          this.#nodes.delete(effect.node.name)
          return [{ ...when, kind: 'nodeGone', node: effect.node }]
        case 'daemonSetPut': {
          const { daemonSet } = effect
          const before = this.#daemonSets.get(daemonSet.uid) ?? null
          this.#daemonSets.set(daemonSet.uid, daemonSet)
          if (isAnswer || (before && isStatusOnly(before, daemonSet))) return []
          return this.#isRolledBack(daemonSet) ? [] : [{ ...when, kind: 'daemonSet', daemonSet, before }]
        }
        case 'daemonSetGone':
          this.#daemonSets.delete(effect.daemonSet.uid)
          return [{ ...when, kind: 'daemonSetGone', daemonSet: effect.daemonSet }]
        case 'podPut': {
          const before = this.#pods.get(effect.pod.uid) ?? null
          this.#remember(effect.pod)
          return isAnswer ? [] : this.#podPut(when, before, effect.pod)
        }
        case 'podGone': {
          const before = this.#pods.get(effect.pod.uid) ?? effect.pod
          this.#pods.delete(effect.pod.uid)
          return this.#podGone(when, before)
        }
        default:
          // Revisions and outcomes are answers; a mode that is asked for is an intent.
          return []
      }
    })
  }

  /** With the taints that Rollcall has taken away: nobody else has. */
  #asFound(node: NodeFacts): NodeFacts {
    const own = (this.#untainted.get(node.uid) ?? []).filter(
      ({ key, effect }) => !node.taints.some(taint => taint.key === key && taint.effect === effect),
    )
    return own.length === 0 ? node : { ...node, taints: [...node.taints, ...own] }
  }

  #remember(pod: PodFacts): void {
    this.#pods.set(pod.uid, pod)
    if (pod.ready) this.#wereReady.add(pod.uid)
  }

  #podPut(when: { at: number; position: number }, before: PodFacts | null, pod: PodFacts): Outside[] {
    if (pod.owner?.kind !== 'DaemonSet') {
      return before?.owner?.kind === 'DaemonSet' ? [] : [{ ...when, kind: 'foreignPod', pod }]
    }
    if (before === null) return []
    const happened = (change: Partial<PodFacts> | null, isOwn: boolean): Outside[] => [
      { ...when, kind: 'pod', place: placeOf(pod), change, isOwn },
    ]
    if (!isTerminal(before) && isTerminal(pod) && pod.deletedAt === null) {
      const { phase, reason } = pod
      return happened({ phase, reason, ready: false }, !nodeReasons.test(reason ?? ''))
    }
    if (before.deletedAt === null && pod.deletedAt !== null) return this.#isByOthers(pod) ? happened(null, false) : []
    if (pod.deletedAt !== null) return []
    if (before.ready && !pod.ready)
      return happened(
        { ready: false, readySince: pod.readySince, restarts: pod.restarts, trouble: pod.trouble },
        this.#isNodeUp(pod),
      )
    const { restarts, trouble } = pod
    if (this.#wereReady.has(pod.uid) && !pod.ready && (before.restarts !== restarts || before.trouble !== trouble)) {
      return happened({ restarts, trouble }, true)
    }
    if (!before.ready && pod.ready && this.#wereReady.has(pod.uid) && isRunning(before)) {
      return happened({ ready: true, readySince: pod.readySince, restarts, trouble }, false)
    }
    return []
  }

  #podGone(when: { at: number; position: number }, pod: PodFacts): Outside[] {
    if (pod.owner?.kind !== 'DaemonSet') return [{ ...when, kind: 'foreignPodGone', pod }]
    if (pod.deletedAt !== null || !this.#isByOthers(pod)) return []
    return [{ ...when, kind: 'pod', place: placeOf(pod), change: null, isOwn: false }]
  }

  /** Neither a command of ours, nor the garbage collector behind its DaemonSet. */
  #isByOthers(pod: PodFacts): boolean {
    const owner = this.#daemonSets.get(pod.owner?.uid ?? '')
    return !this.#ended.has(pod.uid) && owner !== undefined && owner.deletedAt === null
  }

  #isNodeUp(pod: PodFacts): boolean {
    const node = this.#nodes.get(pod.nodeName ?? '')
    return node?.conditions.every(({ type, status }) => type !== 'Ready' || status === 'True') ?? false
  }
}

const isRunning = ({ phase }: PodFacts): boolean => phase === 'Running'

const isStatusOnly = (before: DaemonSetFacts, after: DaemonSetFacts): boolean =>
  sameJson(withoutStatus(before), withoutStatus(after))

const withoutStatus = (facts: DaemonSetFacts) => ({ ...facts, status: null, conditions: null, resourceVersion: '' })
