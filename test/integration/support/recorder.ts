import { type ClusterApi, connectClusters, type KubeObject } from '@rollcall/kube'

type Meta = {
  readonly uid: string
  readonly name: string
  readonly namespace: string
  readonly deletionTimestamp?: string
  readonly ownerReferences?: readonly { readonly uid: string; readonly controller?: boolean }[]
}
type Spec = {
  readonly nodeName?: string
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
  const [api] = connectClusters([{ file: kubeconfig, name: 'recorder' }])
  if (!api) throw new Error(`no cluster in ${kubeconfig}`)
  const everSeen = new Set<string>()
  const twins: string[] = []
  const live = new Map<string, string>()
  const stopping = new AbortController()

  function see(object: KubeObject, gone: boolean): void {
    const { metadata, spec } = object as unknown as { metadata: Meta; spec: Spec }
    if (metadata.namespace !== namespace) return
    everSeen.add(metadata.uid)
    live.delete(metadata.uid)
    if (gone || metadata.deletionTimestamp !== undefined) return
    const place = `${metadata.ownerReferences?.find(({ controller }) => controller)?.uid} on ${nodeOf(spec)}`
    for (const [uid, other] of live) if (other === place) twins.push(`${uid} and ${metadata.uid}: ${place}`)
    live.set(metadata.uid, place)
  }
  const following = follow(api, stopping.signal, see)
  return {
    everSeen,
    twins,
    async stop() {
      stopping.abort()
      await following
      await api.close()
    },
  }
}

function nodeOf({ nodeName, affinity }: Spec): string {
  const terms = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms
  return nodeName ?? terms?.[0]?.matchFields?.[0]?.values[0] ?? ''
}

async function follow(
  api: ClusterApi,
  signal: AbortSignal,
  see: (pod: KubeObject, gone: boolean) => void,
): Promise<void> {
  let { items, resourceVersion } = await api.list('Pod', { limit: 10_000, signal })
  for (const pod of items) see(pod, false)
  while (!signal.aborted) {
    try {
      for await (const event of api.watch('Pod', { resourceVersion, signal })) {
        if (event.type === 'BOOKMARK') resourceVersion = event.resourceVersion
        else {
          see(event.object, event.type === 'DELETED')
          resourceVersion = (event.object as unknown as { metadata: { resourceVersion: string } }).metadata
            .resourceVersion
        }
      }
    } catch (error) {
      if (signal.aborted) return
      throw error
    }
  }
}
