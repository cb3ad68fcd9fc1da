import type { KubeObject } from '../../objects/object-store.ts'
import { asPod, isTerminal, type Pod, timeText, withCondition } from '../kinds.ts'
import { isReady } from '../nodes/node-shape.ts'
import type { Part, PartPorts } from '../parts.ts'
import type { PodsByNode } from '../pods-by-node.ts'

const periodMs = 20_000
const quarantineMs = 40_000
/** `--terminated-pod-gc-threshold`. */
const terminalMax = 12_500
const manager = 'kube-controller-manager'

/**
 * Removes pods nobody else would (`pkg/controller/podgc`, spec §3.3): of nodes that are gone, of nodes declared out of
 * service, never bound and being deleted, and the oldest terminal ones of too many.
 */
export function startPodGc({ store, clock, timers, pods }: PartPorts & { readonly pods: PodsByNode }): Part {
  /** Missing nodes, and when they were first missed. */
  const missedSince = new Map<string, number>()
  let isStopped = false

  function collect(): void {
    if (isStopped) return
    timers.after(periodMs, collect)
    const all = store.list('pods', null)
    const now = clock.now()
    missedSince.forEach((_, name) => {
      if (store.find('nodes', '', name)) missedSince.delete(name)
    })
    const terminal: KubeObject[] = []
    for (const object of all) {
      const pod = asPod(object)
      if (isTerminal(pod) && pod.metadata.deletionTimestamp === undefined) terminal.push(object)
      const why = reasonToGo(pod, now)
      if (why !== null) remove(pod, why)
    }
    const tooMany = terminal.length - terminalMax
    if (tooMany > 0) for (const object of oldest(terminal, tooMany)) remove(asPod(object), '')
  }

  /** Null: it may stay. Empty: it goes without a word. */
  function reasonToGo(pod: Pod, now: number): string | null {
    const { nodeName } = pod.spec
    const isEnding = pod.metadata.deletionTimestamp !== undefined
    if (!nodeName) return isEnding ? '' : null
    const node = pods.node(nodeName)
    if (node) {
      const isOut = node.spec.taints?.some(({ key }) => key === 'node.kubernetes.io/out-of-service') ?? false
      return isEnding && isOut && !isReady(node) ? '' : null
    }
    const since = missedSince.get(nodeName)
    if (since === undefined) missedSince.set(nodeName, now)
    return since !== undefined && now - since >= quarantineMs ? 'PodGC: node no longer exists' : null
  }

  function remove(pod: Pod, message: string): void {
    const { namespace = '', name, uid } = pod.metadata
    if (!isTerminal(pod) && message !== '') {
      const condition = { type: 'DisruptionTarget', status: 'True', reason: 'DeletionByPodGC', message } as const
      const conditions = withCondition(pod.status.conditions, condition, timeText(clock.now()))
      const status = { ...pod.status, phase: 'Failed', conditions }
      store.change('pods', namespace, name, present => ({ ...present, status: status as never }), 'status', { manager })
    }
    store.delete('pods', namespace, name, { gracePeriodSeconds: 0, preconditions: { uid } })
  }

  timers.after(periodMs, collect)
  return {
    stop() {
      isStopped = true
    },
  }
}

function oldest(objects: readonly KubeObject[], count: number): readonly KubeObject[] {
  const time = ({ metadata }: KubeObject) => metadata.creationTimestamp
  return [...objects].sort((a, b) => (time(a) < time(b) ? -1 : time(a) > time(b) ? 1 : 0)).slice(0, count)
}
