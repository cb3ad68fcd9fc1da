import type { Rollcall } from './rollcall.ts'

export type PodSeen = {
  readonly name: string
  readonly uid: string
  readonly node: string
  readonly image: string
  readonly live: boolean
  readonly ready: boolean
}

type PodJson = {
  readonly metadata: { readonly name: string; readonly uid: string; readonly deletionTimestamp?: string }
  readonly spec: { readonly nodeName?: string; readonly containers: readonly { readonly image: string }[] }
  readonly status: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] }
}

/** The pods of a namespace as a client sees them now. */
export async function podsIn(rollcall: Rollcall, cluster: string, namespace: string): Promise<PodSeen[]> {
  const list = JSON.parse(await rollcall.kubectl(cluster, '-n', namespace, 'get', 'pods', '-o', 'json')) as {
    items: PodJson[]
  }
  return list.items.map(({ metadata, spec, status }) => ({
    name: metadata.name,
    uid: metadata.uid,
    node: spec.nodeName ?? '',
    image: spec.containers[0]?.image ?? '',
    live: metadata.deletionTimestamp === undefined,
    ready: status.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') ?? false,
  }))
}

/** Nodes that have a live, ready pod in the namespace; a node with two stands there twice. */
export async function nodesServed(rollcall: Rollcall, cluster: string, namespace: string): Promise<string[]> {
  const pods = await podsIn(rollcall, cluster, namespace)
  return pods
    .filter(({ live, ready }) => live && ready)
    .map(({ node }) => node)
    .sort()
}

export async function statusOf(rollcall: Rollcall, cluster: string, namespace: string, name: string) {
  const text = await rollcall.kubectl(cluster, '-n', namespace, 'get', 'ds', name, '-o', 'json')
  return (JSON.parse(text) as { status: Record<string, number> }).status
}
