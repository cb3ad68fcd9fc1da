import { ApiError, type ClusterApi, type KubeObject, UnreachableError } from '@rollcall/kube'
import type { Stored } from '../api/cluster.ts'
import type { Kind } from '../manifest.ts'

type Mirrored = Kind | 'Event'
export type Seen = (object: Stored, before: Stored | null, isGone: boolean) => void

/** What a cluster holds, followed by watches of its own, for everybody who looks at it. */
export class Mirror {
  readonly #api: ClusterApi
  readonly #objects = new Map<string, Stored>()
  readonly #listeners = new Set<Seen>()
  readonly #stopping = new AbortController()
  #following: Promise<unknown> = Promise.resolve()

  constructor(api: ClusterApi) {
    this.#api = api
  }

  /** Resolves when everything has been listed once. */
  async start(): Promise<void> {
    const kinds: readonly Mirrored[] = ['Node', 'Pod', 'DaemonSet', 'ControllerRevision', 'Event']
    const versions = await Promise.all(kinds.map(kind => this.#list(kind)))
    this.#following = Promise.all(kinds.map((kind, index) => this.#follow(kind, versions[index] ?? '')))
  }

  all(kind: Mirrored, isWanted: (object: Stored) => boolean): Stored[] {
    return [...this.#objects.values()]
      .filter(object => (object.kind as Mirrored) === kind && isWanted(object))
      .sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
  }

  /** Calls for every change, until what it gives back is called. */
  listen(listener: Seen): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#following
  }

  async #list(kind: Mirrored): Promise<string> {
    const { items, resourceVersion } = await this.#api.list(kind, { limit: 100_000, signal: this.#stopping.signal })
    for (const item of items) this.#see(asStored(item, kind), false)
    return resourceVersion
  }

  async #follow(kind: Mirrored, from: string): Promise<void> {
    const { signal } = this.#stopping
    let resourceVersion = from
    while (!signal.aborted) {
      try {
        for await (const event of this.#api.watch(kind, { resourceVersion, signal })) {
          if (event.type === 'BOOKMARK') {
            resourceVersion = event.resourceVersion
            continue
          }
          const object = asStored(event.object, kind)
          resourceVersion = object.metadata.resourceVersion
          this.#see(object, event.type === 'DELETED')
        }
      } catch (error) {
        if (signal.aborted) return
        // A watch that was cut is taken up where it ended. What it missed for good makes the cases wrong, not silent.
        if (!(error instanceof UnreachableError || error instanceof ApiError)) throw error
      }
    }
  }

  #see(object: Stored, isGone: boolean): void {
    const key = keyOf(object)
    const before = this.#objects.get(key) ?? null
    if (isGone) this.#objects.delete(key)
    else this.#objects.set(key, object)
    for (const listener of this.#listeners) listener(object, before, isGone)
  }
}

const asStored = (object: KubeObject, kind: Mirrored): Stored => ({ ...object, kind }) as unknown as Stored
const keyOf = ({ kind, metadata: { namespace = '', name } }: Stored): string => `${kind}/${namespace}/${name}`
