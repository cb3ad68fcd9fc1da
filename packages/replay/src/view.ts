import type { ClusterState } from '@rollcall/daemonset'
import { statusOf } from '@rollcall/daemonset'

/**
 * What the core knows at one position, as plain data: for conditions, for the changes of a step, and for people. Documented
 * here, and independent of how the core keeps it. Times are milliseconds since the epoch.
 */
export type NodeView = {
  readonly name: string
  readonly labels: { readonly [name: string]: string }
  /** As kubectl writes them: `gpu=true:NoSchedule`. */
  readonly taints: readonly string[]
  readonly unschedulable: boolean
  /** Its condition Ready is True. */
  readonly ready: boolean
}

export type PodView = {
  readonly name: string
  readonly namespace: string
  /** Where it belongs; empty: that cannot be told. */
  readonly node: string
  /** `namespace/name` of the DaemonSet that owns it; empty: none. */
  readonly daemonSet: string
  readonly phase: string
  readonly ready: boolean
  readonly deleting: boolean
  /** Its label `controller-revision-hash`; empty: none. */
  readonly revision: string
}

export type DaemonSetView = {
  readonly name: string
  readonly namespace: string
  readonly generation: number
  readonly images: readonly string[]
  /** Hash of the revision of its present template; empty: not known to exist yet. */
  readonly revision: string
  /** Counted from nodes and pods now, whatever its status said: spec §5.1. */
  readonly desired: number
  readonly current: number
  readonly ready: number
  readonly available: number
  readonly unavailable: number
  readonly updated: number
  readonly misscheduled: number
  readonly deleting: boolean
}

/** One DaemonSet's place on one node. */
export type SlotView = {
  readonly daemonSet: string
  readonly node: string
  readonly verdict: string
  readonly pods: readonly string[]
  readonly inFlight: number
  /** `verdict|action|rule` of the last decision; empty: none. */
  readonly lastDecision: string
}

/** A command whose outcome is not known. */
export type FlightView = {
  readonly id: string
  readonly type: string
  readonly daemonSet: string
  /** Empty: it is for no node. */
  readonly node: string
  readonly since: number
}

type DaemonSetState = ClusterState['daemonSets'] extends ReadonlyMap<string, infer D> ? D : never
type PodState = ClusterState['pods'] extends ReadonlyMap<string, infer P> ? P : never
type FlightState = ClusterState['flights'] extends ReadonlyMap<string, infer F> ? F : never
type NodeState = ClusterState['nodes'] extends ReadonlyMap<string, infer N> ? N : never

export const nodeView = ({ name, labels, taints, unschedulable, conditions }: NodeState): NodeView => ({
  name,
  labels,
  taints: taints.map(({ key, value, effect }) => `${key}${value === '' ? '' : `=${value}`}:${effect}`),
  unschedulable,
  ready: conditions.some(({ type, status }) => type === 'Ready' && status === 'True'),
})

export function podView(state: ClusterState, { facts, node }: PodState): PodView {
  const owner = facts.owner?.kind === 'DaemonSet' ? facts.owner : null
  return {
    name: facts.name,
    namespace: facts.namespace,
    node: node ?? '',
    daemonSet: owner === null ? '' : `${facts.namespace}/${state.daemonSets.get(owner.uid)?.facts.name ?? owner.name}`,
    phase: facts.phase,
    ready: facts.ready,
    deleting: facts.deletedAt !== null,
    revision: facts.labels['controller-revision-hash'] ?? '',
  }
}

export function daemonSetView(daemonSet: DaemonSetState): DaemonSetView {
  const { facts, current } = daemonSet
  const status = statusOf(daemonSet)
  return {
    name: facts.name,
    namespace: facts.namespace,
    generation: facts.generation,
    images: facts.template.images,
    revision: current?.hash ?? '',
    desired: status.desiredNumberScheduled,
    current: status.currentNumberScheduled,
    ready: status.numberReady,
    available: status.numberAvailable,
    unavailable: status.numberUnavailable,
    updated: status.updatedNumberScheduled,
    misscheduled: status.numberMisscheduled,
    deleting: facts.deletedAt !== null,
  }
}

export const slotView = (
  { facts }: DaemonSetState,
  {
    node,
    verdict,
    pods,
    inFlight,
    lastDecision,
  }: DaemonSetState['slots'] extends ReadonlyMap<string, infer S> ? S : never,
): SlotView => ({
  daemonSet: `${facts.namespace}/${facts.name}`,
  node,
  verdict,
  pods: [...pods].map(pod => pod.facts.name).sort(),
  inFlight,
  lastDecision,
})

export const flightView = ({ command, since }: FlightState): FlightView => ({
  id: command.id,
  type: command.type,
  daemonSet: `${command.daemonSet.namespace}/${command.daemonSet.name}`,
  node: command.slot.slice(command.daemonSet.uid.length + 1),
  since,
})

/** `CreatePod logging/fluentd n17 36975c32`: what it is, and enough of its id to tell it from others. */
function flightName(flight: FlightState): string {
  const { id, type, daemonSet, node } = flightView(flight)
  return [type, daemonSet, node, id.slice(0, 8)].filter(part => part !== '').join(' ')
}

/** Everything, by kind and name. */
export type View = {
  readonly cluster: string
  readonly position: number
  /** The stream's time. */
  readonly time: number
  readonly mode: 'control' | 'observe'
  readonly nodes: ReadonlyMap<string, NodeView>
  readonly pods: ReadonlyMap<string, PodView>
  readonly daemonSets: ReadonlyMap<string, DaemonSetView>
  /** By `namespace/daemonSet node`. */
  readonly slots: ReadonlyMap<string, SlotView>
  /** By type, DaemonSet, node and the beginning of the id. */
  readonly flights: ReadonlyMap<string, FlightView>
}

export function viewOf(state: ClusterState): View {
  const daemonSets = [...state.daemonSets.values()]
  const nameOf = ({ facts }: DaemonSetState) => `${facts.namespace}/${facts.name}`
  return {
    cluster: state.cluster,
    position: state.position,
    time: state.now,
    mode: state.mode,
    nodes: byName([...state.nodes.values()].map(node => [node.name, nodeView(node)])),
    pods: byName([...state.pods].map(([key, pod]) => [key, podView(state, pod)])),
    daemonSets: byName(daemonSets.map(one => [nameOf(one), daemonSetView(one)])),
    slots: byName(
      daemonSets.flatMap(one =>
        [...one.slots.values()].map(slot => [`${nameOf(one)} ${slot.node}`, slotView(one, slot)] as const),
      ),
    ),
    flights: byName([...state.flights.values()].map(flight => [flightName(flight), flightView(flight)])),
  }
}

const byName = <V>(entries: readonly (readonly [string, V])[]): ReadonlyMap<string, V> =>
  new Map([...entries].sort(([a], [b]) => (a < b ? -1 : 1)))
