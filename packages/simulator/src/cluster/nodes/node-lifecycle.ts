import type { Change } from '../../objects/object-store.ts'
import { nodeSubject, podSubject } from '../event-recorder.ts'
import { asNode, asPod, type Condition, conditionOf, type Node, partsOf, timeText, withCondition } from '../kinds.ts'
import type { Part, PartPorts } from '../parts.ts'
import type { PodsByNode } from '../pods-by-node.ts'
import { createWorkQueue } from '../time/work-queue.ts'
import { isReady } from './node-shape.ts'
import { wantedTaints } from './taints.ts'

const component = 'node-controller'
const manager = 'kube-controller-manager'

export type NodeLifecyclePorts = PartPorts & {
  readonly pods: PodsByNode
  /** From a change of a node to its taints. */
  readonly delayMs: number
  /** A node whose lease is older than this is unreachable (`--node-monitor-grace-period`); 0: leases are not watched. */
  readonly graceMs: number
}

/**
 * The node lifecycle controller (spec §8.4): taints follow conditions and `spec.unschedulable`, pods of a node that is
 * not ready are not ready, and a kubelet that is not heard of for too long makes its node Unknown. Left out: the
 * eviction rates by zone; every node is tainted at once.
 */
export function startNodeLifecycle(ports: NodeLifecyclePorts): Part {
  const { store, pods, clock, timers, recorder } = ports
  const queue = createWorkQueue(timers, ports.delayMs, reconcile)
  const heardAt = new Map<string, number>()

  function reconcile(name: string): void {
    const node = pods.node(name)
    if (!node) return
    const now = timeText(clock.now())
    const taints = wantedTaints(node, now)
    if (taints !== node.spec.taints) {
      store.change(
        'nodes',
        '',
        name,
        present => ({ ...present, spec: { ...asNode(present).spec, taints } as never }),
        undefined,
        { manager },
      )
    }
    if (!isReady(node)) for (const key of pods.podsOn(name)) markNotReady(key, now)
  }

  function markNotReady(key: string, now: string): void {
    const [namespace, name] = partsOf(key)
    const object = store.find('pods', namespace, name)
    if (!object) return
    const pod = asPod(object)
    if (conditionOf(pod.status, 'Ready')?.status !== 'True') return
    const condition = { type: 'Ready', status: 'False' } as const
    const status = { ...pod.status, conditions: withCondition(pod.status.conditions, condition, now) }
    store.change('pods', namespace, name, present => ({ ...present, status: status as never }), 'status', { manager })
    recorder.record(podSubject(pod), 'Warning', 'NodeNotReady', 'Node is not ready', component)
  }

  function hear(name: string): void {
    const isFirst = !heardAt.has(name)
    heardAt.set(name, clock.now())
    if (isFirst) timers.after(ports.graceMs, () => check(name))
  }

  /** One check a node at a time: it goes off when the lease heard of last is too old. */
  function check(name: string): void {
    const heard = heardAt.get(name)
    if (heard === undefined) return
    const leftMs = heard + ports.graceMs - clock.now()
    if (leftMs > 0) {
      timers.after(leftMs, () => check(name))
      return
    }
    heardAt.delete(name)
    becomeUnknown(name)
  }

  function becomeUnknown(name: string): void {
    const object = store.find('nodes', '', name)
    if (!object) return
    const now = timeText(clock.now())
    const { status } = asNode(object)
    const unheard = (condition: Condition): Condition =>
      condition.type === 'NetworkUnavailable'
        ? condition
        : {
            ...condition,
            status: 'Unknown',
            reason: 'NodeStatusUnknown',
            message: 'Kubelet stopped posting node status.',
          }
    const conditions = (status.conditions ?? []).reduce<readonly Condition[]>(
      (put, condition) => withCondition(put, unheard(condition), now),
      status.conditions ?? [],
    )
    store.change('nodes', '', name, present => ({ ...present, status: { ...status, conditions } }), 'status', {
      manager,
    })
    recorder.record(
      nodeSubject(object),
      'Normal',
      'NodeNotReady',
      `Node ${name} status is now: NodeNotReady`,
      component,
    )
  }

  function nodeChanged({ type, object, before }: Change): void {
    const { name } = object.metadata
    if (type === 'DELETED') {
      heardAt.delete(name)
      return
    }
    if (before === null || matters(asNode(object)) !== matters(asNode(before))) queue.add(name)
  }

  /** A pod that says it is ready on a node that is not. */
  function podChanged({ type, object }: Change): void {
    const pod = asPod(object)
    if (type === 'DELETED' || !pod.spec.nodeName || conditionOf(pod.status, 'Ready')?.status !== 'True') return
    const node = pods.node(pod.spec.nodeName)
    if (node && !isReady(node)) queue.add(pod.spec.nodeName)
  }

  const since = store.resourceVersion()
  for (const name of pods.nodeNames()) queue.add(name)
  const stops = [store.watch('nodes', since, nodeChanged), store.watch('pods', since, podChanged)]
  if (ports.graceMs > 0) {
    stops.push(
      store.watch('leases', since, ({ type, object }) => {
        if (type !== 'DELETED' && object.metadata.namespace === 'kube-node-lease') hear(object.metadata.name)
      }),
    )
  }
  return {
    stop() {
      for (const stop of stops) stop()
    },
  }
}

function matters({ spec, status }: Node): string {
  const conditions = (status.conditions ?? []).map(({ type, status: is }) => `${type}=${is}`)
  return JSON.stringify([spec.unschedulable, spec.taints, conditions])
}
