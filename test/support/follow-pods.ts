import { connectClusters } from '@rollcall/kube'

/** What witnesses look at in a pod. */
export type WitnessedPod = {
  readonly metadata: {
    readonly uid: string
    readonly namespace: string
    readonly name: string
    readonly labels?: Readonly<Record<string, string>>
    readonly creationTimestamp: string
    readonly deletionTimestamp?: string
    readonly ownerReferences?: readonly { readonly uid: string; readonly controller?: boolean }[]
  }
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
  readonly status: {
    readonly conditions?: readonly { readonly type: string; readonly status: string }[]
    readonly containerStatuses?: readonly { readonly restartCount: number }[]
  }
}

export type Witness = {
  /** All pods there are: at the beginning, and again after a watch that was cut off. */
  listed(pods: readonly WitnessedPod[]): void
  changed(pod: WitnessedPod, isGone: boolean): void
}

/** Follows all pods of a cluster as any client would, until it is closed. */
export function followPods(kubeconfig: string, witness: Witness): { close(): Promise<void> } {
  const [api] = connectClusters([{ file: kubeconfig, name: 'witness' }])
  if (!api) throw new Error(`no cluster in ${kubeconfig}`)
  const stopping = new AbortController()
  const { signal } = stopping

  async function follow(cluster: NonNullable<typeof api>): Promise<void> {
    while (!signal.aborted) {
      try {
        const { items, resourceVersion } = await cluster.list('Pod', { limit: 100_000, signal })
        witness.listed(items as unknown as WitnessedPod[])
        for await (const event of cluster.watch('Pod', { resourceVersion, signal })) {
          if (event.type !== 'BOOKMARK')
            witness.changed(event.object as unknown as WitnessedPod, event.type === 'DELETED')
        }
      } catch (error) {
        if (signal.aborted) return
        // A slow watcher is cut off by the server: what it missed, the next list tells.
        console.error(`the witness of ${kubeconfig} lists again: ${(error as Error).message}`)
      }
    }
  }
  const following = follow(api)
  return {
    async close() {
      stopping.abort()
      await following
      await api.close()
    },
  }
}

export function isLive({ metadata }: WitnessedPod): boolean {
  return metadata.deletionTimestamp === undefined
}

export function isReady({ status }: WitnessedPod): boolean {
  return status.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') ?? false
}

/** Where it stands, or is to stand. */
export function nodeOf({ spec }: WitnessedPod): string {
  const terms = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms
  return spec.nodeName ?? terms?.[0]?.matchFields?.[0]?.values[0] ?? ''
}
