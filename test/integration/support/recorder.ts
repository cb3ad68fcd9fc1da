import { followPods, isLive, nodeOf, type WitnessedPod } from '../../support/follow-pods.ts'

/**
 * An independent witness: follows the pods of a cluster with a watch of its own, and notes every moment at which two
 * live pods of one owner stood on one node.
 */
export type Recorder = {
  /** uid of every pod that was ever seen. */
  readonly everSeen: ReadonlySet<string>
  readonly twins: readonly string[]
  stop(): Promise<void>
}

export function startRecorder(kubeconfig: string, namespace: string): Recorder {
  const everSeen = new Set<string>()
  const twins: string[] = []
  /** uid of a live pod → its owner and node. */
  const live = new Map<string, string>()

  function see(pod: WitnessedPod, isGone: boolean): void {
    const { metadata } = pod
    if (metadata.namespace !== namespace) return
    everSeen.add(metadata.uid)
    live.delete(metadata.uid)
    if (isGone || !isLive(pod)) return
    const place = `${metadata.ownerReferences?.find(({ controller }) => controller)?.uid} on ${nodeOf(pod)}`
    for (const [uid, other] of live) if (other === place) twins.push(`${uid} and ${metadata.uid}: ${place}`)
    live.set(metadata.uid, place)
  }
  const following = followPods(kubeconfig, {
    listed(pods) {
      live.clear()
      for (const pod of pods) see(pod, false)
    },
    changed: see,
  })
  return { everSeen, twins, stop: () => following.close() }
}
