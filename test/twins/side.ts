import { type Api, apiOf } from './api.ts'
import { View } from './view.ts'

/** One of the twins: a control plane, and who runs its DaemonSets. */
export type Side = {
  readonly name: 'built-in' | 'Rollcall'
  readonly api: Api
  readonly view: View
  /** An object of the story that owns pods which are nobody's business. */
  keeper(story: string): { readonly name: string; readonly uid: string }
  /** Makes the story's namespace. */
  open(story: string): Promise<void>
  /** Removes what the story has made; the cluster finishes that by itself. */
  clear(story: string): Promise<void>
  close(): Promise<void>
}

export function sideOf(name: Side['name'], kubeconfig: string): Side {
  const api = apiOf(kubeconfig)
  const view = new View(kubeconfig, name)
  const keepers = new Map<string, { name: string; uid: string }>()

  async function expectMade(path: string, body: unknown): Promise<string> {
    const answer = await api.post(path, body)
    if (answer.code !== 201) throw new Error(`${name}: POST ${path} was answered ${answer.code}: ${answer.body}`)
    return (JSON.parse(answer.body) as { metadata: { uid: string } }).metadata.uid
  }
  return {
    name,
    api,
    view,
    keeper(story) {
      const keeper = keepers.get(story)
      if (!keeper) throw new Error(`the story ${story} was not opened`)
      return keeper
    },
    async open(story) {
      await expectMade('/api/v1/namespaces', { metadata: { name: story } })
      const uid = await expectMade(`/api/v1/namespaces/${story}/configmaps`, { metadata: { name: 'keeper' } })
      keepers.set(story, { name: 'keeper', uid })
      view.entitle(uid, 'keeper')
    },
    async clear(story) {
      await api.delete(`/api/v1/namespaces/${story}`)
      // On nodes that are gone nobody would end them.
      await api.delete(`/api/v1/namespaces/${story}/pods`, { gracePeriodSeconds: 0 })
      for (const { metadata } of view.of('Node', story)) await api.delete(`/api/v1/nodes/${metadata.name}`)
      keepers.delete(story)
    },
    async close() {
      await view.close()
      api.close()
    },
  }
}
