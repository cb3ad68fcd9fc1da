import { type ClusterApi, connectClusters, type KubeObject } from '@rollcall/kube'
import type { Kinds, Node } from './objects.ts'

/** On the nodes of a story: they belong to the namespace of this name. */
export const storyLabel = 'twins.rollcall.dev/story'

const kinds = ['Node', 'Pod', 'DaemonSet', 'ControllerRevision', 'Event'] as const satisfies readonly (keyof Kinds)[]

/** A cluster as its watches tell it: all stories side by side, each in a namespace with nodes of its own. */
export class View {
  readonly #api: ClusterApi
  readonly #stopping = new AbortController()
  /** By kind and story → by name. */
  readonly #objects = new Map<string, Map<string, Kinds[keyof Kinds]>>()
  /** Story → when something of it changed last. */
  readonly #changedAt = new Map<string, number>()
  /** uid of a DaemonSet → what it is called in pictures: its name, and the how manyth of that name it is. */
  readonly #titles = new Map<string, string>()
  readonly #incarnations = new Map<string, number>()
  readonly #following: Promise<unknown>

  constructor(kubeconfig: string, name: string) {
    const [api] = connectClusters([{ file: kubeconfig, name }])
    if (!api) throw new Error(`no cluster in ${kubeconfig}`)
    this.#api = api
    this.#following = Promise.all(kinds.map(kind => this.#follow(kind)))
  }

  /** The objects of a story, by name. */
  of<K extends keyof Kinds>(kind: K, story: string): Kinds[K][] {
    const all = [...(this.#objects.get(`${kind}/${story}`)?.values() ?? [])] as Kinds[K][]
    return all.sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))
  }

  changedAt(story: string): number {
    return this.#changedAt.get(story) ?? 0
  }

  /** Someone is about to change something in the story. */
  touch(story: string): void {
    this.#changedAt.set(story, Date.now())
  }

  /** `d0 #2` for the uid of the second DaemonSet of that name; null: no DaemonSet that was ever seen. */
  titleOf(uid: string): string | null {
    return this.#titles.get(uid) ?? null
  }

  /** Gives an object that is not watched a title. */
  entitle(uid: string, title: string): void {
    this.#titles.set(uid, title)
  }

  async close(): Promise<void> {
    this.#stopping.abort()
    await this.#following
    await this.#api.close()
  }

  async #follow(kind: keyof Kinds): Promise<void> {
    const { signal } = this.#stopping
    while (!signal.aborted) {
      try {
        const { items, resourceVersion } = await this.#api.list(kind, { limit: 100_000, signal })
        for (const [key, objects] of this.#objects) if (key.startsWith(`${kind}/`)) objects.clear()
        for (const item of items) this.#take(kind, item, false)
        for await (const event of this.#api.watch(kind, { resourceVersion, signal })) {
          if (event.type !== 'BOOKMARK') this.#take(kind, event.object, event.type === 'DELETED')
        }
      } catch (error) {
        if (signal.aborted) return
        // A slow watcher is cut off by the server: what it missed, the next list tells.
        console.error(`the view of ${this.#api.cluster} lists every ${kind} again: ${(error as Error).message}`)
      }
    }
  }

  #take(kind: keyof Kinds, raw: KubeObject, isGone: boolean): void {
    const object = raw as unknown as Kinds[keyof Kinds]
    const { namespace = '', name, uid } = object.metadata
    const key = `${namespace}/${name}`
    if (kind === 'DaemonSet' && !this.#titles.has(uid)) {
      const count = (this.#incarnations.get(key) ?? 0) + 1
      this.#incarnations.set(key, count)
      this.#titles.set(uid, `${name} #${count}`)
    }
    const story = storyOf(kind, object)
    if (story === null) return
    const objects = this.#objects.get(`${kind}/${story}`) ?? new Map<string, Kinds[keyof Kinds]>()
    const before = objects.get(name)
    this.#objects.set(`${kind}/${story}`, objects)
    if (isGone) objects.delete(name)
    else objects.set(name, object)
    if (kind === 'Node' && !isGone && isHeartbeat(before as Node | undefined, object as Node)) return
    this.touch(story)
  }
}

function storyOf(kind: keyof Kinds, { metadata }: Kinds[keyof Kinds]): string | null {
  return kind === 'Node' ? (metadata.labels?.[storyLabel] ?? null) : metadata.namespace
}

/** Nothing has changed that a DaemonSet looks at. */
function isHeartbeat(before: Node | undefined, after: Node): boolean {
  const shown = ({ metadata, spec }: Node) => JSON.stringify([metadata.uid, metadata.labels, spec])
  return before !== undefined && shown(before) === shown(after)
}
