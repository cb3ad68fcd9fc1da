import { type ClusterApi, connectClusters } from '@rollcall/kube'

type PodSeen = {
  readonly metadata: { readonly uid: string; readonly deletionTimestamp?: string; readonly resourceVersion: string }
  readonly spec: {
    readonly nodeName?: string
    readonly containers: readonly { readonly image: string }[]
    readonly affinity?: {
      readonly nodeAffinity?: {
        readonly requiredDuringSchedulingIgnoredDuringExecution?: {
          readonly nodeSelectorTerms: readonly {
            readonly matchFields?: readonly { readonly values: readonly string[] }[]
          }[]
        }
      }
    }
  }
}

const nodeOf = ({ spec }: PodSeen): string =>
  spec.nodeName ??
  spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms[0]?.matchFields?.[0]
    ?.values[0] ??
  ''

/** Watches pods as any client would, and tells when a condition over the live ones first holds. Both sides get the same. */
export class PodObserver {
  /** Live pods: uid → node and image. */
  readonly live = new Map<string, { node: string; image: string }>()
  private readonly api: ClusterApi
  private readonly stopping = new AbortController()
  private readonly following: Promise<void>
  private waiters: { holds: () => boolean; resolve: () => void }[] = []

  constructor(kubeconfig: string) {
    const [api] = connectClusters([{ file: kubeconfig, name: 'observer' }])
    if (!api) throw new Error(`no cluster in ${kubeconfig}`)
    this.api = api
    this.following = this.follow()
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
      await Promise.race([new Promise<void>(resolve => this.waiters.push({ holds, resolve })), expired])
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

  async close(): Promise<void> {
    this.stopping.abort()
    await this.following
    await this.api.close()
  }

  /** A slow watcher is cut off by the server: what it then missed, the next list tells. */
  private async follow(): Promise<void> {
    const { signal } = this.stopping
    while (!signal.aborted) {
      try {
        let { items, resourceVersion } = await this.api.list('Pod', { limit: 100_000, signal })
        this.live.clear()
        for (const item of items) this.see(item as unknown as PodSeen, false)
        this.wake()
        for await (const event of this.api.watch('Pod', { resourceVersion, signal })) {
          if (event.type === 'BOOKMARK') resourceVersion = event.resourceVersion
          else this.see(event.object as unknown as PodSeen, event.type === 'DELETED')
          this.wake()
        }
      } catch (error) {
        if (signal.aborted) return
        console.error(`the observer lists again: ${(error as Error).message}`)
      }
    }
  }

  private see(pod: PodSeen, gone: boolean): void {
    if (gone || pod.metadata.deletionTimestamp !== undefined) this.live.delete(pod.metadata.uid)
    else this.live.set(pod.metadata.uid, { node: nodeOf(pod), image: pod.spec.containers[0]?.image ?? '' })
  }

  private wake(): void {
    this.waiters = this.waiters.filter(({ holds, resolve }) => {
      if (!holds()) return true
      resolve()
      return false
    })
  }
}
