import { followPods, isLive, nodeOf, type WitnessedPod } from '../../support/follow-pods.ts'

/** A pod as an independent watch has seen it. */
export type Seen = {
  readonly uid: string
  readonly name: string
  readonly app: string
  readonly node: string
  readonly image: string
  readonly owner: string | null
  /** It is neither gone nor being deleted. */
  readonly live: boolean
  readonly restarts: number
}

/** Keeps what a watch of its own has ever seen of a namespace's pods, and whether a node ever had two alike. */
export function startRoll(kubeconfig: string, namespace: string) {
  const pods = new Map<string, Seen>()
  const doubled = new Set<string>()
  /** Of one DaemonSet and one template; beside one of another template surge may put it. */
  function lookForTwin(of: Seen): void {
    for (const { uid, owner, node, image, live } of pods.values()) {
      if (live && uid !== of.uid && owner === of.owner && node === of.node && image === of.image)
        doubled.add(`${of.app} on ${node}`)
    }
  }
  function see(pod: WitnessedPod, isGone: boolean): void {
    const { metadata, spec, status } = pod
    if (metadata.namespace !== namespace) return
    const seen: Seen = {
      uid: metadata.uid,
      name: metadata.name,
      app: metadata.labels?.app ?? '',
      node: nodeOf(pod),
      image: spec.containers[0]?.image ?? '',
      owner: metadata.ownerReferences?.find(({ controller }) => controller)?.uid ?? null,
      live: !isGone && isLive(pod),
      restarts: (status.containerStatuses ?? []).reduce((sum, { restartCount }) => sum + restartCount, 0),
    }
    pods.set(seen.uid, seen)
    if (seen.live && seen.owner !== null) lookForTwin(seen)
  }
  const following = followPods(kubeconfig, {
    listed(all) {
      for (const [uid, pod] of pods) pods.set(uid, { ...pod, live: false })
      for (const pod of all) see(pod, false)
    },
    changed: see,
  })
  return {
    /** Every pod that was ever seen. */
    all: (): Seen[] => [...pods.values()],
    /** Where there ever were two at a time. */
    doubled: (): string[] => [...doubled],
    live: (): Seen[] => [...pods.values()].filter(({ live }) => live),
    stop: () => following.close(),
  }
}
