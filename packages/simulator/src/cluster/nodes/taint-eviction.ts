import type { Change } from '../../objects/object-store.ts'
import { podSubject } from '../event-recorder.ts'
import { asPod, keyOf, type Pod, partsOf, type Taint, timeText, withCondition } from '../kinds.ts'
import type { Part, PartPorts } from '../parts.ts'
import type { PodsByNode } from '../pods-by-node.ts'
import { tolerates } from '../scheduler/tolerations.ts'

const component = 'taint-eviction-controller'
const manager = 'kube-controller-manager'

/** Deletes pods that do not tolerate a NoExecute taint of their node, or no longer (`tainteviction`). */
export function startTaintEviction(ports: PartPorts & { readonly pods: PodsByNode }): Part {
  const { store, pods, clock, timers } = ports
  /** Pods that are to go, by uid: when, and how to call it off. */
  const planned = new Map<string, { readonly atMs: number; readonly cancel: () => void }>()

  function callOff(uid: string): void {
    planned.get(uid)?.cancel()
    planned.delete(uid)
  }

  function look(pod: Pod): void {
    const { uid } = pod.metadata
    const node = pods.node(pod.spec.nodeName ?? '')
    const taints = (node?.spec.taints ?? []).filter(({ effect }) => effect === 'NoExecute')
    const seconds = pod.metadata.deletionTimestamp === undefined ? toleratedSeconds(pod, taints) : null
    if (seconds === null) {
      callOff(uid)
      return
    }
    const atMs = clock.now() + seconds * 1000
    // The time began to run when the taint was first seen.
    const before = planned.get(uid)
    if (before && before.atMs <= atMs) return
    callOff(uid)
    const key = keyOf(pod)
    planned.set(uid, { atMs, cancel: timers.after(seconds * 1000, () => evict(key, uid)) })
  }

  function evict(key: string, uid: string): void {
    planned.delete(uid)
    const [namespace, name] = partsOf(key)
    const object = store.find('pods', namespace, name)
    if (object?.metadata.uid !== uid || object.metadata.deletionTimestamp !== undefined) return
    const pod = asPod(object)
    ports.recorder.record(
      podSubject(pod),
      'Normal',
      'TaintManagerEviction',
      `Marking for deletion Pod ${namespace}/${name}`,
      component,
    )
    const condition = {
      type: 'DisruptionTarget',
      status: 'True',
      reason: 'DeletionByTaintManager',
      message: 'Taint manager: deleting due to NoExecute taint',
    } as const
    const conditions = withCondition(pod.status.conditions, condition, timeText(clock.now()))
    const status = { ...pod.status, conditions }
    store.change('pods', namespace, name, present => ({ ...present, status: status as never }), 'status', { manager })
    store.delete('pods', namespace, name, { preconditions: { uid } })
  }

  function podChanged({ type, object, before }: Change): void {
    if (type === 'DELETED') callOff(object.metadata.uid)
    else if (before === null || before.spec !== object.spec || object.metadata.deletionTimestamp !== undefined) {
      look(asPod(object))
    }
  }

  function nodeChanged({ type, object, before }: Change): void {
    if (type !== 'DELETED' && taintText(object) === taintText(before)) return
    for (const key of pods.podsOn(object.metadata.name)) {
      const pod = store.find('pods', ...partsOf(key))
      if (pod) look(asPod(pod))
    }
  }

  const since = store.resourceVersion()
  for (const object of store.list('pods', null)) look(asPod(object))
  const stops = [store.watch('pods', since, podChanged), store.watch('nodes', since, nodeChanged)]
  return {
    stop() {
      for (const stop of stops) stop()
    },
  }
}

/** How long the pod bears these taints, in seconds; null: for ever. */
function toleratedSeconds(pod: Pod, taints: readonly Taint[]): number | null {
  let least: number | null = null
  for (const taint of taints) {
    const bearing = (pod.spec.tolerations ?? []).filter(toleration => tolerates(toleration, taint))
    if (bearing.length === 0) return 0
    for (const { tolerationSeconds } of bearing) {
      if (tolerationSeconds !== undefined) least = Math.min(least ?? Number.POSITIVE_INFINITY, tolerationSeconds)
    }
  }
  return least === null ? null : Math.max(0, least)
}

function taintText(object: Change['before']): string {
  return JSON.stringify((object?.spec as { taints?: readonly Taint[] } | undefined)?.taints ?? [])
}
