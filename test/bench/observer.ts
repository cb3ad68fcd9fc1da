import { followPods, isLive, nodeOf, type WitnessedPod } from '../support/follow-pods.ts'

/** Watches pods as any client would, and tells when a condition over the live ones first holds. All sides get the same. */
export class PodObserver {
  /** Live pods: uid → node and image. */
  readonly live = new Map<string, { readonly node: string; readonly image: string }>()
  readonly #following: { close(): Promise<void> }
  #waiters: { readonly holds: () => boolean; readonly resolve: () => void }[] = []

  constructor(kubeconfig: string) {
    this.#following = followPods(kubeconfig, {
      listed: pods => {
        this.live.clear()
        for (const pod of pods) this.#see(pod, false)
        this.#wake()
      },
      changed: (pod, isGone) => {
        this.#see(pod, isGone)
        this.#wake()
      },
    })
  }

  /** Resolves with the ms since `started` when `holds` is true for the live pods. */
  async until(holds: () => boolean, started: number, withinMs: number, what: string): Promise<number> {
    if (holds()) return Date.now() - started
    let timer: NodeJS.Timeout | undefined
    const expired = new Promise<never>((_, reject) => {
      timer = setTimeout(
        () => reject(new Error(`not within ${withinMs / 1000} s: ${what} (live pods: ${this.live.size})`)),
        withinMs,
      )
    })
    try {
      await Promise.race([new Promise<void>(resolve => this.#waiters.push({ holds, resolve })), expired])
      return Date.now() - started
    } finally {
      clearTimeout(timer)
    }
  }

  nodesWith(image?: string): number {
    const nodes = new Set<string>()
    for (const pod of this.live.values()) if (image === undefined || pod.image === image) nodes.add(pod.node)
    return nodes.size
  }

  podsOn(node: string): number {
    let count = 0
    for (const pod of this.live.values()) if (pod.node === node) count += 1
    return count
  }

  close(): Promise<void> {
    return this.#following.close()
  }

  #see(pod: WitnessedPod, isGone: boolean): void {
    const { uid } = pod.metadata
    if (isGone || !isLive(pod)) this.live.delete(uid)
    else this.live.set(uid, { node: nodeOf(pod), image: pod.spec.containers[0]?.image ?? '' })
  }

  #wake(): void {
    this.#waiters = this.#waiters.filter(({ holds, resolve }) => {
      if (!holds()) return true
      resolve()
      return false
    })
  }
}
