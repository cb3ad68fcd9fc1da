import type { Change } from '../../objects/object-store.ts'
import { podSubject } from '../event-recorder.ts'
import { asNode, asPod, keyOf, type Pod, type PodStatus, partsOf, timeText } from '../kinds.ts'
import { isReady } from '../nodes/node-shape.ts'
import type { Part, PartPorts } from '../parts.ts'
import type { PodsByNode } from '../pods-by-node.ts'
import type { Images } from './images.ts'
import { endedStatus } from './pod-status.ts'
import type { Next, PodEvent, PodView, Stage } from './pod-view.ts'
import { podStages } from './stages.ts'
import type { KubeletTimings } from './timings.ts'

export type KubeletPorts = PartPorts & {
  readonly pods: PodsByNode
  readonly images: Images
  readonly timings: KubeletTimings
  /** Whether the node's kubelet is up and reaches the API server. */
  readonly isUp: (node: string) => boolean
}

/** What becomes of a pod that ends before its time. */
export type PodEnd = {
  readonly phase: 'Failed' | 'Succeeded'
  readonly reason?: string
  readonly message?: string
}

/** The pods of all nodes' kubelets. What a story asks for lasts until the pod is gone. */
export type Kubelets = Part & {
  /** The pod ends now, and its object says why. */
  readonly end: (namespace: string, name: string, end: PodEnd) => void
  readonly crash: (namespace: string, name: string, isOn: boolean) => void
  readonly unready: (namespace: string, name: string, isOn: boolean) => void
  /** Looks at all pods of a node again: its kubelet came up, or went down. */
  readonly nodeChanged: (node: string) => void
  /** Looks at all pods again: images are other than they were. */
  readonly imagesChanged: () => void
}

/** What a kubelet remembers of one pod. */
type Memory = {
  stage: Stage | null
  cancel: (() => void) | null
  pullFailures: number
  isToldToCrash: boolean
  isToldUnready: boolean
}

export function startKubelets(ports: KubeletPorts): Kubelets {
  const { store, clock, timers, random, pods, images, timings, recorder } = ports
  const memories = new Map<string, Memory>()
  /** How many addresses each node has given out. */
  const addresses = new Map<string, number>()

  function memoryOf(uid: string): Memory {
    let memory = memories.get(uid)
    if (!memory) {
      memory = { stage: null, cancel: null, pullFailures: 0, isToldToCrash: false, isToldUnready: false }
      memories.set(uid, memory)
    }
    return memory
  }

  function forget(uid: string): void {
    memories.get(uid)?.cancel?.()
    memories.delete(uid)
  }

  function viewOf(pod: Pod, memory: Memory): PodView {
    const nodeName = pod.spec.nodeName ?? ''
    const { pullFailures, isToldToCrash, isToldUnready } = memory
    const told = { pullFailures, isToldToCrash, isToldUnready }
    return { pod, nodeName, node: pods.node(nodeName), usage: pods.usage(nodeName), images, timings, ...told }
  }

  /** Puts the pod into its stage, if that is another than it is in. */
  function look(pod: Pod): void {
    const { nodeName } = pod.spec
    if (!nodeName) return
    const memory = memoryOf(pod.metadata.uid)
    const view = viewOf(pod, memory)
    const stage = ports.isUp(nodeName) ? (podStages.find(({ selects }) => selects(view)) ?? null) : null
    if (stage === memory.stage) return
    memory.cancel?.()
    memory.cancel = null
    memory.stage = stage
    if (!stage) return
    const delayMs = stage.delayMs(view, random)
    if (delayMs === Number.POSITIVE_INFINITY) return
    const key = keyOf(pod)
    const { uid } = pod.metadata
    if (stage.begins) timers.after(0, () => record(pod, stage.begins?.(view) ?? []))
    memory.cancel = timers.after(delayMs, () => leave(key, uid, stage))
  }

  /** The stage is over: what comes of it is written. */
  function leave(key: string, uid: string, stage: Stage): void {
    const memory = memories.get(uid)
    const object = store.find('pods', ...partsOf(key))
    if (!memory || object?.metadata.uid !== uid) return
    const pod = asPod(object)
    const view = viewOf(pod, memory)
    memory.stage = null
    memory.cancel = null
    if (!stage.selects(view)) {
      look(pod)
      return
    }
    apply(pod, memory, stage.next(view, { now: timeText(clock.now()), random }))
  }

  function apply(pod: Pod, memory: Memory, next: Next): void {
    const { namespace = '', name, uid } = pod.metadata
    for (const image of next.pulled ?? []) images.pulled(pod.spec.nodeName ?? '', image)
    if (next.pull) memory.pullFailures = next.pull === 'failed' ? memory.pullFailures + 1 : 0
    record(pod, next.events ?? [])
    if (next.status) writeStatus(namespace, name, withIp(pod, next.status))
    if (!next.remove) return
    store.delete('pods', namespace, name, { gracePeriodSeconds: 0, preconditions: { uid } })
  }

  function writeStatus(namespace: string, name: string, status: PodStatus): void {
    store.change('pods', namespace, name, present => ({ ...present, status: status as never }), 'status')
  }

  /** An address in the pod network, with the first container that runs. */
  function withIp(pod: Pod, status: PodStatus): PodStatus {
    if (status.podIP !== undefined || status.phase !== 'Running') return status
    const nodeName = pod.spec.nodeName ?? ''
    const cidr = pods.node(nodeName)?.spec.podCIDR ?? '10.244.0.0/24'
    const given = addresses.get(nodeName) ?? 0
    addresses.set(nodeName, given + 1)
    const podIP = `${cidr.split('.').slice(0, 3).join('.')}.${2 + (given % 252)}`
    return { ...status, podIP, podIPs: [{ ip: podIP }] }
  }

  function record(pod: Pod, events: readonly PodEvent[]): void {
    for (const { type, reason, message, container } of events) {
      recorder.record(podSubject(pod, container), type, reason, message, 'kubelet', pod.spec.nodeName)
    }
  }

  function podChanged({ type, object }: Change): void {
    if (type === 'DELETED') forget(object.metadata.uid)
    else look(asPod(object))
  }

  /** A node that is ready again lets its kubelet report on its pods again. */
  function nodeChanged({ type, object, before }: Change): void {
    if (type !== 'MODIFIED' || !before || isReady(asNode(object)) === isReady(asNode(before))) return
    lookAtAll(pods.podsOn(object.metadata.name))
  }

  /** Tells a pod's memory something, and looks at the pod. @throws ApiStatusError 404 */
  function tell(namespace: string, name: string, change: (memory: Memory) => void): void {
    const pod = asPod(store.get('pods', namespace, name))
    change(memoryOf(pod.metadata.uid))
    look(pod)
  }

  function lookAtAll(keys: Iterable<string>): void {
    for (const key of keys) {
      const object = store.find('pods', ...partsOf(key))
      if (object) look(asPod(object))
    }
  }

  const since = store.resourceVersion()
  for (const object of store.list('pods', null)) look(asPod(object))
  const stops = [store.watch('pods', since, podChanged), store.watch('nodes', since, nodeChanged)]

  return {
    stop() {
      for (const stop of stops) stop()
    },
    end(namespace, name, { phase, reason, message }) {
      const pod = asPod(store.get('pods', namespace, name))
      const now = timeText(clock.now())
      const why = { ...(reason === undefined ? {} : { reason }), ...(message === undefined ? {} : { message }) }
      const { startTime = now } = pod.status
      writeStatus(namespace, name, endedStatus(pod, phase === 'Failed' ? 137 : 0, now, { phase, startTime, ...why }))
      if (reason === 'Evicted') record(pod, [{ type: 'Warning', reason, message: message ?? '' }])
    },
    crash: (namespace, name, isOn) =>
      tell(namespace, name, memory => {
        memory.isToldToCrash = isOn
      }),
    unready: (namespace, name, isOn) =>
      tell(namespace, name, memory => {
        memory.isToldUnready = isOn
      }),
    nodeChanged: node => lookAtAll(pods.podsOn(node)),
    imagesChanged: () => lookAtAll(store.list('pods', null).map(keyOf)),
  }
}
