import type { Clock } from '@rollcall/service'
import type { Draft, KubeObject, ObjectStore, ResourceName } from '../objects/object-store.ts'
import { asNode, partsOf, type Taint, timeText, withCondition } from './kinds.ts'
import type { ImageBehaviour, Images } from './kubelet/images.ts'
import type { Kubelets } from './kubelet/kubelet.ts'
import type { NodeAgents } from './nodes/node-agents.ts'
import type { NodeShape, Pressure } from './nodes/node-shape.ts'
import type { PodsByNode } from './pods-by-node.ts'

/** What can be done to a cluster, by a story or a test. @throws ApiStatusError (404 for what is not there), RangeError */
export type ClusterVerbs = {
  /** A machine joins. */
  addNode(shape: NodeShape): void
  /** The machine goes, and the cloud removes its Node; its pods are left to the garbage collection of pods. */
  removeNode(name: string): void
  /** The kubelet says whether its node is ready. */
  setNodeReady(name: string, isReady: boolean, why?: string): void
  /** The kubelet is not heard of any more, or again: network, power. After the grace period the node is unreachable. */
  setNodeSilent(name: string, isSilent: boolean): void
  setPressure(name: string, pressure: Pressure, isOn: boolean): void
  setNetworkUnavailable(name: string, isUnavailable: boolean): void
  /** A condition that no part of the cluster keeps, such as `DrainInProgress`. */
  setNodeCondition(name: string, type: string, isOn: boolean): void
  cordon(name: string, isUnschedulable?: boolean): void
  /** Cordon, and deletion of every pod that no DaemonSet owns, as `kubectl drain --ignore-daemonsets` does. */
  drain(name: string): void
  /** A label with the value null is removed. */
  labelNode(name: string, labels: { readonly [label: string]: string | null }): void
  /** Adds a taint, or replaces the one of that key and effect. */
  taint(name: string, taint: Taint): void
  untaint(name: string, key: string): void
  /** Creates the object, or replaces its spec and labels, as `kubectl apply` would. */
  apply(resource: ResourceName, namespace: string, draft: Draft): KubeObject
  /** Deletes the pod as a client would; grace 0 removes it at once. */
  killPod(namespace: string, name: string, gracePeriodSeconds?: number): void
  /** Its containers end; the pod object says so and stays. */
  failPod(namespace: string, name: string, reason?: string, message?: string): void
  succeedPod(namespace: string, name: string): void
  /** The kubelet evicts it: phase Failed, reason Evicted. */
  evict(namespace: string, name: string, message?: string): void
  /** Its containers crash again and again, until told otherwise. */
  crashLoop(namespace: string, name: string, isOn?: boolean): void
  /** Its readiness fails, until told otherwise. */
  setPodUnready(namespace: string, name: string, isUnready?: boolean): void
  setImageBehaviour(image: string, behaviour: ImageBehaviour): void
}

export type VerbPorts = {
  readonly store: ObjectStore
  readonly agents: NodeAgents
  readonly kubelets: Kubelets
  readonly images: Images
  readonly pods: PodsByNode
  readonly clock: Clock
}

export function clusterVerbs({ store, agents, kubelets, images, pods, clock }: VerbPorts): ClusterVerbs {
  const setSpec = (name: string, change: (spec: object) => object) => {
    store.change('nodes', '', name, present => ({
      ...present,
      spec: change((present.spec ?? {}) as object) as KubeObject['spec'],
    }))
  }
  const setTaints = (name: string, change: (taints: readonly Taint[]) => readonly Taint[]) =>
    setSpec(name, spec => ({ ...spec, taints: change((spec as { taints?: readonly Taint[] }).taints ?? []) }))
  const setCondition = (name: string, type: string, isOn: boolean, reason: string) => {
    const condition = { type, status: isOn ? 'True' : 'False', reason } as const
    const now = timeText(clock.now())
    const change = (present: KubeObject) => {
      const before = asNode(present).status
      return { ...present, status: { ...before, conditions: withCondition(before.conditions, condition, now) } }
    }
    store.change('nodes', '', name, change, 'status')
  }
  const cordon = (name: string, isUnschedulable = true) =>
    setSpec(name, spec => ({ ...spec, unschedulable: isUnschedulable ? true : undefined }))
  const isOfDaemonSet = (key: string) => {
    const pod = store.find('pods', ...partsOf(key))
    return pod?.metadata.ownerReferences?.some(({ kind, controller }) => kind === 'DaemonSet' && controller) ?? false
  }

  return {
    addNode: shape => agents.join(shape),
    removeNode(name) {
      agents.leave(name)
      images.forget(name)
      if (store.find('nodes', '', name)) store.delete('nodes', '', name)
    },
    setNodeReady: (name, isReady, why = 'container runtime is down') => agents.setReady(name, isReady, why),
    setNodeSilent: (name, isSilent) => agents.setSilent(name, isSilent),
    setPressure: (name, pressure, isOn) => agents.setPressure(name, pressure, isOn),
    setNetworkUnavailable: (name, isUnavailable) =>
      setCondition(name, 'NetworkUnavailable', isUnavailable, isUnavailable ? 'NoRouteCreated' : 'RouteCreated'),
    setNodeCondition: (name, type, isOn) => setCondition(name, type, isOn, 'Told'),
    cordon,
    drain(name) {
      cordon(name)
      for (const key of [...pods.podsOn(name)]) if (!isOfDaemonSet(key)) store.delete('pods', ...partsOf(key))
    },
    labelNode(name, labels) {
      store.change('nodes', '', name, present => {
        const next: Record<string, string> = { ...present.metadata.labels }
        for (const [label, value] of Object.entries(labels)) {
          if (value === null) delete next[label]
          else next[label] = value
        }
        return { ...present, metadata: { ...present.metadata, labels: next } }
      })
    },
    taint: (name, taint) =>
      setTaints(name, taints => [
        ...taints.filter(({ key, effect }) => key !== taint.key || effect !== taint.effect),
        taint,
      ]),
    untaint: (name, key) => setTaints(name, taints => taints.filter(taint => taint.key !== key)),
    apply(resource, namespace, draft) {
      const { name = '' } = draft.metadata
      if (!store.find(resource, namespace, name)) return store.create(resource, namespace, draft)
      return store.change(resource, namespace, name, present => ({
        ...present,
        ...draft,
        metadata: { ...present.metadata, ...draft.metadata },
        status: present.status,
      }))
    },
    killPod: (namespace, name, gracePeriodSeconds) => {
      store.delete('pods', namespace, name, gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds })
    },
    failPod: (namespace, name, reason, message) =>
      kubelets.end(namespace, name, {
        phase: 'Failed',
        ...(reason === undefined ? {} : { reason }),
        ...(message === undefined ? {} : { message }),
      }),
    succeedPod: (namespace, name) => kubelets.end(namespace, name, { phase: 'Succeeded' }),
    evict: (namespace, name, message = 'The node was low on resource: memory. ') =>
      kubelets.end(namespace, name, { phase: 'Failed', reason: 'Evicted', message }),
    crashLoop: (namespace, name, isOn = true) => kubelets.crash(namespace, name, isOn),
    setPodUnready: (namespace, name, isUnready = true) => kubelets.unready(namespace, name, isUnready),
    setImageBehaviour(image, behaviour) {
      images.set(image, behaviour)
      kubelets.imagesChanged()
    },
  }
}
