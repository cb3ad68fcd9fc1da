import type { DecisionPoint, Effect } from '@rollcall/contracts'
import type { ClusterState } from '@rollcall/daemonset'

/** One pod that was created or deleted by a decision. */
export type Act = {
  readonly at: number
  readonly type: 'create' | 'delete'
  /** `namespace/name` */
  readonly daemonSet: string
  readonly node: string
  /** Hash of the pod's revision; null: it has none. */
  readonly revision: string | null
  readonly rule: string
}

export type Gap = { readonly from: number; readonly to: number }

/** What became of the slots between two times. Slots are written `namespace/daemonset node`. */
export type Timeline = {
  readonly acts: readonly Act[]
  /** Times without a ready pod where one should have run; slots without such a time are missing. */
  readonly gaps: ReadonlyMap<string, readonly Gap[]>
  /** Slots that have a live pod at the end, with the hashes of their revisions. */
  readonly pods: ReadonlyMap<string, readonly string[]>
}

type Cover = { uncoveredSince: number | null; readonly gaps: Gap[] }

/** Follows a state through its events and decisions. */
export class TimelineRecorder {
  readonly #state: ClusterState
  readonly #acts: Act[] = []
  readonly #covers = new Map<string, Cover>()

  /** From the present state on. */
  constructor(state: ClusterState, at: number) {
    this.#state = state
    for (const { facts, slots } of state.daemonSets.values()) {
      for (const node of slots.keys()) this.#look(`${facts.namespace}/${facts.name}`, node, at)
    }
  }

  /** Before the decision is applied: what it deletes is still there. */
  decided(point: DecisionPoint): void {
    const ruleOf = new Map(point.decisions.flatMap(({ commands, reason }) => commands.map(id => [id, reason.rule])))
    for (const command of point.commands) {
      const { namespace, name } = command.daemonSet
      const rule = ruleOf.get(command.id)
      // One without a decision is an earlier one that goes out again.
      if (rule === undefined) continue
      const act = { at: point.at, daemonSet: `${namespace}/${name}`, rule }
      if (command.type === 'CreatePod') {
        this.#acts.push({ ...act, type: 'create', node: command.node, revision: command.revision.hash })
      } else if ((command.type === 'DeletePod' || command.type === 'EvictPod') && command.node !== null) {
        const pod = this.#state.pods.get(`${namespace}/${command.pod.name}`)
        const revision = pod?.facts.labels['controller-revision-hash'] ?? null
        this.#acts.push({ ...act, type: 'delete', node: command.node, revision })
      }
    }
  }

  /** After an event is folded. */
  folded(effects: readonly Effect[], at: number): void {
    for (const effect of effects) {
      switch (effect.kind) {
        case 'nodePut':
        case 'nodeGone':
          for (const { facts } of this.#state.daemonSets.values()) {
            this.#look(`${facts.namespace}/${facts.name}`, effect.node.name, at)
          }
          break
        case 'podPut':
        case 'podGone':
          if (effect.pod.owner?.kind === 'DaemonSet' && effect.node !== null) {
            this.#look(`${effect.pod.namespace}/${effect.pod.owner.name}`, effect.node, at)
          }
          break
        case 'daemonSetPut':
        case 'daemonSetGone': {
          const { uid, namespace, name } = effect.daemonSet
          const known = this.#state.daemonSets.get(uid)?.slots.keys() ?? []
          for (const node of new Set([...known, ...this.#state.nodes.keys()]))
            this.#look(`${namespace}/${name}`, node, at)
          break
        }
        default:
          // Nothing else moves a pod, or the need for one.
          break
      }
    }
  }

  end(at: number): Timeline {
    const gaps = new Map<string, readonly Gap[]>()
    for (const [slot, { uncoveredSince, gaps: closed }] of this.#covers) {
      const all =
        uncoveredSince !== null && uncoveredSince < at ? [...closed, { from: uncoveredSince, to: at }] : closed
      if (all.length > 0) gaps.set(slot, all)
    }
    const pods = new Map<string, string[]>()
    for (const { facts, node } of this.#state.pods.values()) {
      if (facts.owner?.kind !== 'DaemonSet' || node === null || facts.deletedAt !== null) continue
      const slot = `${facts.namespace}/${facts.owner.name} ${node}`
      pods.set(slot, [...(pods.get(slot) ?? []), facts.labels['controller-revision-hash'] ?? ''].sort())
    }
    return { acts: this.#acts, gaps, pods }
  }

  #look(daemonSet: string, node: string, at: number): void {
    const slash = daemonSet.indexOf('/')
    const known = this.#state.daemonSetsByNamespace.get(daemonSet.slice(0, slash))?.get(daemonSet.slice(slash + 1))
    const slot = known?.slots.get(node)
    const isWanted = slot?.verdict === 'shouldRun' && known?.facts.deletedAt === null && this.#state.nodes.has(node)
    const isCovered = [...(slot?.pods ?? [])].some(({ facts }) => facts.ready)
    const key = `${daemonSet} ${node}`
    const cover = this.#covers.get(key) ?? { uncoveredSince: null, gaps: [] }
    this.#covers.set(key, cover)
    if (isWanted && !isCovered) {
      cover.uncoveredSince ??= at
    } else if (cover.uncoveredSince !== null) {
      if (at > cover.uncoveredSince) cover.gaps.push({ from: cover.uncoveredSince, to: at })
      cover.uncoveredSince = null
    }
  }
}
