import { followPods, isLive, isReady, nodeOf, type WitnessedPod } from '../../support/follow-pods.ts'

/** One pod as the recorder saw it. Times are ms since 1970 by the recorder's clock: it was so then, at the latest. */
export type Stay = {
  readonly uid: string
  readonly name: string
  readonly node: string
  /** Its label `controller-revision-hash`. */
  readonly revision: string | null
  /** By the API server, in whole seconds: it was not there before. */
  readonly createdAt: number
  readonly seenAt: number
  readonly readyAt: number | null
  readonly goneAt: number | null
}

/**
 * An independent witness: follows the pods of a namespace with a watch of its own, and notes every moment at which two
 * live pods of one owner stood on one node, and how many nodes were without a live, ready pod at the worst.
 */
export type Recorder = {
  /** Every pod that was ever seen, in the order in which they were first seen. */
  stays(): readonly Stay[]
  readonly twins: readonly string[]
  /** Of `nodes`, how many have a live, ready pod now. */
  served(): number
  /** From now on counts the nodes of `nodes` without a live, ready pod; the returned function tells the largest number. */
  countUnserved(): () => number
  stop(): Promise<void>
}

export function startRecorder(kubeconfig: string, namespace: string, nodes: readonly string[]): Recorder {
  const stays = new Map<string, Stay>()
  const twins: string[] = []
  /** uid of a live pod → its owner and node. */
  const live = new Map<string, { readonly place: string; readonly node: string; readonly ready: boolean }>()
  let unservedMax = 0

  const served = () => {
    const ready = new Set([...live.values()].flatMap(pod => (pod.ready ? [pod.node] : [])))
    return nodes.filter(node => ready.has(node)).length
  }
  const count = () => {
    unservedMax = Math.max(unservedMax, nodes.length - served())
  }
  function note(pod: WitnessedPod, isGone: boolean): void {
    const { uid, name, labels, creationTimestamp } = pod.metadata
    const now = Date.now()
    const before = stays.get(uid)
    stays.set(uid, {
      uid,
      name,
      node: nodeOf(pod),
      revision: labels?.['controller-revision-hash'] ?? null,
      createdAt: Date.parse(creationTimestamp),
      seenAt: before?.seenAt ?? now,
      readyAt: before?.readyAt ?? (isReady(pod) ? now : null),
      goneAt: isGone ? now : null,
    })
  }
  function see(pod: WitnessedPod, isGone: boolean): void {
    const { metadata } = pod
    if (metadata.namespace !== namespace) return
    note(pod, isGone)
    live.delete(metadata.uid)
    if (isGone || !isLive(pod)) return
    const node = nodeOf(pod)
    const place = `${metadata.ownerReferences?.find(({ controller }) => controller)?.uid} on ${node}`
    for (const [uid, other] of live) if (other.place === place) twins.push(`${uid} and ${metadata.uid}: ${place}`)
    live.set(metadata.uid, { place, node, ready: isReady(pod) })
  }
  const following = followPods(kubeconfig, {
    listed(pods) {
      live.clear()
      const there = new Set(pods.map(({ metadata }) => metadata.uid))
      for (const [uid, stay] of stays)
        if (stay.goneAt === null && !there.has(uid)) stays.set(uid, { ...stay, goneAt: Date.now() })
      for (const pod of pods) see(pod, false)
      count()
    },
    changed(pod, isGone) {
      see(pod, isGone)
      count()
    },
  })
  return {
    stays: () => [...stays.values()],
    twins,
    served,
    countUnserved() {
      unservedMax = nodes.length - served()
      return () => unservedMax
    },
    stop: () => following.close(),
  }
}
