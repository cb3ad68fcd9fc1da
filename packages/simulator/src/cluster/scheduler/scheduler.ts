import type { Change } from '../../objects/object-store.ts'
import { podSubject } from '../event-recorder.ts'
import { asPod, keyOf, type Node, type Pod, partsOf, timeText, withCondition } from '../kinds.ts'
import type { Part, PartPorts } from '../parts.ts'
import type { PodsByNode } from '../pods-by-node.ts'
import { createWorkQueue } from '../time/work-queue.ts'
import { namedNodes } from './affinity.ts'
import { notNamed, type Rejection, rejectionOf } from './filters.ts'
import type { NodeUsage } from './node-usage.ts'
import { fitErrorText } from './reasons.ts'
import { resourcesOf } from './requests.ts'

const component = 'default-scheduler'

export type SchedulerPorts = PartPorts & {
  readonly pods: PodsByNode
  /** From a pod's creation to its binding. */
  readonly delayMs: number
}

/**
 * Binds pods as kube-scheduler does with its default plugins, as far as they look at node names, taints, node affinity,
 * host ports and resources. Left out: preemption (its words are said, no pod is ever moved), pod affinity, topology
 * spread, volumes.
 */
export function startScheduler(ports: SchedulerPorts): Part {
  const { store, pods } = ports
  const queue = createWorkQueue(ports.timers, ports.delayMs, schedule)
  /** Pods no node would take: looked at again when a node they may go to changes. */
  const waiting = new Map<string, ReadonlySet<string> | null>()
  const waitingFor = new Map<string, Set<string>>()
  const waitingForAny = new Set<string>()

  function wait(key: string, names: ReadonlySet<string> | null): void {
    waiting.set(key, names)
    if (names === null) waitingForAny.add(key)
    for (const name of names ?? []) {
      const keys = waitingFor.get(name) ?? new Set()
      waitingFor.set(name, keys.add(key))
    }
  }

  function forget(key: string): void {
    for (const name of waiting.get(key) ?? []) {
      waitingFor.get(name)?.delete(key)
      if (waitingFor.get(name)?.size === 0) waitingFor.delete(name)
    }
    waitingForAny.delete(key)
    waiting.delete(key)
  }

  function lookAgain(node: string): void {
    for (const key of waitingFor.get(node) ?? []) queue.add(key)
    for (const key of waitingForAny) queue.add(key)
  }

  function schedule(key: string): void {
    const [namespace, name] = partsOf(key)
    const object = store.find('pods', namespace, name)
    forget(key)
    if (!object) return
    const pod = asPod(object)
    if (!isToBeScheduled(pod)) return
    const names = namedNodes(pod)
    const rejections = new Map<Rejection, number>()
    const feasible: Node[] = []
    for (const nodeName of names ?? pods.nodeNames()) {
      const node = pods.node(nodeName)
      if (!node) continue
      const rejection = rejectionOf(pod, node, pods.usage(nodeName))
      if (rejection) rejections.set(rejection, 1)
      else feasible.push(node)
    }
    const chosen = chooseFrom(feasible)
    if (chosen) {
      bind(pod, chosen.metadata.name)
      return
    }
    const others = pods.nodeCount() - rejections.size
    if (others > 0) rejections.set(notNamed, others)
    wait(key, names)
    fail(pod, fitErrorText(pods.nodeCount(), rejections))
  }

  /** The least used node; chance among equals. */
  function chooseFrom(feasible: readonly Node[]): Node | null {
    const [only, second] = feasible
    if (!second) return only ?? null
    let best: Node[] = []
    let least = Number.POSITIVE_INFINITY
    for (const node of feasible) {
      const use = shareUsed(node, pods.usage(node.metadata.name))
      if (use < least) best = []
      if (use <= least) best.push(node)
      least = Math.min(least, use)
    }
    return best[Math.floor(ports.random() * best.length)] ?? null
  }

  function bind(pod: Pod, node: string): void {
    const { namespace = '', name } = pod.metadata
    store.bind(namespace, name, node)
    const message = `Successfully assigned ${namespace}/${name} to ${node}`
    ports.recorder.record(podSubject(pod), 'Normal', 'Scheduled', message, component)
  }

  function fail(pod: Pod, message: string): void {
    const { namespace = '', name } = pod.metadata
    const now = timeText(ports.clock.now())
    const condition = { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message } as const
    store.change(
      'pods',
      namespace,
      name,
      present => {
        const { status } = asPod(present)
        return { ...present, status: { ...status, conditions: withCondition(status.conditions, condition, now) } }
      },
      'status',
    )
    ports.recorder.record(podSubject(pod), 'Warning', 'FailedScheduling', message, component)
  }

  function podChanged({ type, object, before }: Change): void {
    const pod = asPod(object)
    const key = keyOf(pod)
    const node = pod.spec.nodeName
    if (type === 'DELETED' || (node && !isRunnable(pod))) {
      forget(key)
      // What it took is free again.
      if (node && before && isRunnable(asPod(before))) lookAgain(node)
      return
    }
    if (!isToBeScheduled(pod)) forget(key)
    else if (!waiting.has(key) || before?.spec !== object.spec) queue.add(key)
  }

  function nodeChanged({ type, object, before }: Change): void {
    if (type === 'DELETED') return
    const changed = before === null || matters(object) !== matters(before)
    if (changed) lookAgain(object.metadata.name)
  }

  const since = store.resourceVersion()
  for (const object of store.list('pods', null)) podChanged({ type: 'ADDED', object, before: null })
  const stops = [store.watch('pods', since, podChanged), store.watch('nodes', since, nodeChanged)]
  return {
    stop() {
      for (const stop of stops) stop()
    },
  }
}

function isToBeScheduled(pod: Pod): boolean {
  return (
    !pod.spec.nodeName &&
    pod.metadata.deletionTimestamp === undefined &&
    (pod.spec.schedulerName ?? component) === component &&
    (pod.spec.schedulingGates ?? []).length === 0 &&
    isRunnable(pod)
  )
}

function isRunnable(pod: Pod): boolean {
  return pod.status.phase !== 'Succeeded' && pod.status.phase !== 'Failed'
}

/** What of a node the filters look at, as text. */
function matters(object: Change['object']): string {
  const node = object as unknown as Node
  const { labels } = node.metadata
  return JSON.stringify([labels, node.spec?.taints, node.spec?.unschedulable, node.status?.allocatable])
}

/** Mean share of cpu and memory that is taken, from 0. */
function shareUsed(node: Node, usage: NodeUsage): number {
  const allocatable = resourcesOf(node.status.allocatable)
  const share = (resource: string) => usage.used(resource) / Math.max(1, allocatable.get(resource) ?? 0)
  return (share('cpu') + share('memory')) / 2
}
