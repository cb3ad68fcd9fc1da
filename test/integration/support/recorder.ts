import { followPods, isLive, isReady, nodeOf, type WitnessedPod } from '../../support/follow-pods.ts'

/**
 * An independent witness: follows the pods of a namespace with a watch of its own, and notes every moment at which two
 * live pods of one owner stood on one node, and how many nodes were without a live, ready pod at the worst.
 */
export type Recorder = {
  /** uid of every pod that was ever seen. */
  readonly everSeen: ReadonlySet<string>
  readonly twins: readonly string[]
  /** Of `nodes`, how many have a live, ready pod now. */
  served(): number
  /** From now on counts the nodes of `nodes` without a live, ready pod; the returned function tells the largest number. */
  countUnserved(): () => number
  stop(): Promise<void>
}

export function startRecorder(kubeconfig: string, namespace: string, nodes: readonly string[]): Recorder {
  const everSeen = new Set<string>()
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
  function see(pod: WitnessedPod, isGone: boolean): void {
    const { metadata } = pod
    if (metadata.namespace !== namespace) return
    everSeen.add(metadata.uid)
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
      for (const pod of pods) see(pod, false)
      count()
    },
    changed(pod, isGone) {
      see(pod, isGone)
      count()
    },
  })
  return {
    everSeen,
    twins,
    served,
    countUnserved() {
      unservedMax = nodes.length - served()
      return () => unservedMax
    },
    stop: () => following.close(),
  }
}
