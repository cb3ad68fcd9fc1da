import type { DaemonSetFacts, Json, NodeFacts, Taint } from '@rollcall/contracts'
import { ReplayError } from '../errors.ts'
import { sameJson } from '../same-json.ts'
import type { ClusterModel } from './cluster-model.ts'
import type { Outside } from './outside.ts'

/** What is to be otherwise. */
export type Change =
  /**
   * From then on the DaemonSet is as these facts say (its identity and status are not taken from them); what was edited of it
   * later in the record does not happen. One that was not there is created.
   */
  | { readonly kind: 'daemonSet'; readonly facts: DaemonSetFacts }
  /** `value` null: the label is taken away. Until the record changes that label. */
  | { readonly kind: 'label'; readonly node: string; readonly label: string; readonly value: string | null }
  /** Until the record changes that taint. */
  | { readonly kind: 'taint'; readonly node: string; readonly taint: Taint; readonly isRemoved: boolean }
  /** What this event told did not happen, until the record changes the same again. */
  | { readonly kind: 'dropEvent'; readonly position: number }

/** One member of a node that is held at another value, as long as the record says `recorded` of it. */
type Hold = {
  read(node: NodeFacts): Json
  readonly recorded: Json
  write(node: NodeFacts): NodeFacts
}

/** The changes at work: what comes from outside goes through here on its way to the model. */
export class Changes {
  readonly #dropped: ReadonlySet<number>
  readonly #manifests = new Map<string, DaemonSetFacts>()
  readonly #nodeHolds = new Map<string, Hold[]>()
  readonly #neverCame = new Set<string>()
  /** Nodes as the record has them. */
  readonly #recorded = new Map<string, NodeFacts>()
  readonly #changes: readonly Change[]

  constructor(changes: readonly Change[]) {
    this.#changes = changes
    this.#dropped = new Set(changes.flatMap(change => (change.kind === 'dropEvent' ? [change.position] : [])))
  }

  /** What is otherwise from the beginning. @throws ReplayError on a node that is not there */
  begin(model: ClusterModel, now: number): void {
    for (const node of model.nodes.values()) this.#recorded.set(node.name, node)
    for (const change of this.#changes) {
      switch (change.kind) {
        case 'daemonSet':
          this.#manifests.set(keyOf(change.facts), change.facts)
          model.putDaemonSet(asApplied(model, change.facts, now))
          break
        case 'label':
          this.#holdNode(model, change.node, {
            read: ({ labels }) => labels[change.label] ?? null,
            recorded: this.#recorded.get(change.node)?.labels[change.label] ?? null,
            write: node => withLabel(node, change.label, change.value),
          })
          break
        case 'taint': {
          const { key, effect } = change.taint
          const read = ({ taints }: NodeFacts) =>
            taints.find(taint => taint.key === key && taint.effect === effect)?.value ?? null
          const recorded = this.#recorded.get(change.node)
          this.#holdNode(model, change.node, {
            read,
            recorded: recorded ? read(recorded) : null,
            write: node => withTaint(node, change.taint, change.isRemoved),
          })
          break
        }
        case 'dropEvent':
          break
      }
    }
  }

  /** Lets something from outside happen to the model, as far as the changes leave it. */
  apply(model: ClusterModel, item: Outside): void {
    switch (item.kind) {
      case 'node':
        this.#node(model, item)
        return
      case 'nodeGone':
        this.#recorded.delete(item.node.name)
        if (this.#dropped.has(item.position)) return
        this.#nodeHolds.delete(item.node.name)
        model.removeNode(item.node.name)
        return
      case 'daemonSet':
        this.#daemonSet(model, item)
        return
      case 'daemonSetGone': {
        if (this.#dropped.has(item.position)) return
        const held = [...model.daemonSets.values()].find(one => keyOf(one) === keyOf(item.daemonSet))
        if (held) model.removeDaemonSet(held.uid)
        return
      }
      case 'pod': {
        if (this.#dropped.has(item.position)) return
        const { place, change, isOwn } = item
        const pod = [...model.pods.values()].find(
          one =>
            one.deletedAt === null &&
            one.owner?.kind === 'DaemonSet' &&
            `${one.namespace}/${one.owner.name}` === place.daemonSet &&
            (one.nodeName ?? one.target) === place.node &&
            (!isOwn || one.labels['controller-revision-hash'] === place.revision),
        )
        // Where no such pod stands, nothing happens to it.
        if (pod && (change === null || pod.phase === 'Running')) model.disturb(pod, change)
        return
      }
      case 'foreignPod':
        if (!this.#dropped.has(item.position)) model.putPod(item.pod)
        return
      case 'foreignPodGone':
        if (!this.#dropped.has(item.position)) model.removePod(item.pod)
        return
      case 'asked':
        if (!this.#dropped.has(item.position)) model.tell(item.event)
    }
  }

  #node(model: ClusterModel, { node, before, position }: Extract<Outside, { kind: 'node' }>): void {
    this.#recorded.set(node.name, node)
    const isNew = before === null || before.uid !== node.uid
    if (this.#dropped.has(position)) {
      if (isNew) this.#neverCame.add(node.uid)
      else this.#nodeHolds.set(node.name, [...(this.#nodeHolds.get(node.name) ?? []), ...holdsOf(before, node)])
      return
    }
    if (this.#neverCame.has(node.uid)) return
    model.putNode(this.#held(node))
  }

  #daemonSet(model: ClusterModel, { daemonSet, before, position }: Extract<Outside, { kind: 'daemonSet' }>): void {
    if (this.#dropped.has(position)) {
      if (before === null) this.#neverCame.add(daemonSet.uid)
      return
    }
    if (this.#neverCame.has(daemonSet.uid)) return
    const held = [...model.daemonSets.values()].find(one => keyOf(one) === keyOf(daemonSet))
    if (this.#manifests.has(keyOf(daemonSet))) {
      if (held && daemonSet.deletedAt !== null) model.putDaemonSet({ ...held, deletedAt: daemonSet.deletedAt })
      return
    }
    // Its status is what is written in the model.
    model.putDaemonSet(
      held?.uid === daemonSet.uid ? { ...daemonSet, status: held.status, conditions: held.conditions } : daemonSet,
    )
  }

  #holdNode(model: ClusterModel, name: string, hold: Hold): void {
    const node = model.nodes.get(name)
    if (!node) throw new ReplayError('bad-change', `there was no node ${name} then: what is to be changed of it?`)
    this.#nodeHolds.set(name, [...(this.#nodeHolds.get(name) ?? []), hold])
    model.putNode(hold.write(node))
  }

  #held(node: NodeFacts): NodeFacts {
    const holds = (this.#nodeHolds.get(node.name) ?? []).filter(({ read, recorded }) => sameJson(read(node), recorded))
    this.#nodeHolds.set(node.name, holds)
    return holds.reduce((facts, { write }) => write(facts), node)
  }
}

/** The change of a node that one event told, taken back member by member. */
function holdsOf(before: NodeFacts, after: NodeFacts): Hold[] {
  const labels = [...new Set([...Object.keys(before.labels), ...Object.keys(after.labels)])]
  const ofLabels = labels.map(
    (label): Hold => ({
      read: ({ labels: read }) => read[label] ?? null,
      recorded: after.labels[label] ?? null,
      write: node => withLabel(node, label, before.labels[label] ?? null),
    }),
  )
  const members = ['taints', 'unschedulable', 'conditions'] as const
  const ofMembers = members.map(
    (member): Hold => ({
      read: node => node[member],
      recorded: after[member],
      write: node => ({ ...node, [member]: before[member] }),
    }),
  )
  return [...ofLabels, ...ofMembers].filter(({ read, recorded }) => !sameJson(read(before), recorded))
}

function withLabel(node: NodeFacts, label: string, value: string | null): NodeFacts {
  const { [label]: _, ...labels } = node.labels
  return { ...node, labels: value === null ? labels : { ...labels, [label]: value } }
}

function withTaint(node: NodeFacts, taint: Taint, isRemoved: boolean): NodeFacts {
  const others = node.taints.filter(({ key, effect }) => key !== taint.key || effect !== taint.effect)
  return { ...node, taints: isRemoved ? others : [...others, taint] }
}

/** As the API server would have stored it: the identity of what is there, a generation that counts changes of the spec. */
function asApplied(model: ClusterModel, facts: DaemonSetFacts, now: number): DaemonSetFacts {
  const held = [...model.daemonSets.values()].find(one => keyOf(one) === keyOf(facts))
  if (!held) {
    const uid = `whatif-${keyOf(facts)}`
    return {
      ...facts,
      uid,
      createdAt: now,
      deletedAt: null,
      generation: 1,
      templateGeneration: 1,
      status: noStatus,
      conditions: [],
    }
  }
  const { uid, createdAt, deletedAt, status, conditions, generation, templateGeneration } = held
  const isSame = sameJson(specOf(held), specOf(facts))
  const isSameTemplate = held.template.digest === facts.template.digest
  return {
    ...facts,
    uid,
    createdAt,
    deletedAt,
    status,
    conditions,
    generation: generation + (isSame ? 0 : 1),
    templateGeneration: isSameTemplate ? templateGeneration : (templateGeneration ?? 0) + 1,
  }
}

const specOf = ({ selector, updateStrategy, minReadySeconds, revisionHistoryLimit, template }: DaemonSetFacts) => [
  selector,
  updateStrategy,
  minReadySeconds,
  revisionHistoryLimit,
  template.digest,
]

const noStatus = {
  observedGeneration: 0,
  desiredNumberScheduled: 0,
  currentNumberScheduled: 0,
  numberMisscheduled: 0,
  numberReady: 0,
  numberAvailable: 0,
  numberUnavailable: 0,
  updatedNumberScheduled: 0,
  collisionCount: null,
}

const keyOf = ({ namespace, name }: { namespace: string; name: string }): string => `${namespace}/${name}`
