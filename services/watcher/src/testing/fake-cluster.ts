import {
  ApiError,
  type ClusterApi,
  type KubeObject,
  type ListPage,
  nodeFacts,
  podFacts,
  type Resource,
  type Right,
  UnreachableError,
  type WatchEvent,
} from '@rollcall/kube'

type Change = { readonly resource: Resource; readonly version: number; readonly event: WatchEvent }

/** A cluster in memory: objects, one resourceVersion counter, watches that replay history. */
export class FakeCluster implements ClusterApi {
  readonly cluster: string
  clusterUid = 'cluster-1'
  missing: readonly Right[] = []
  /** Every request fails with this while it is set; watches are cut when it is set through `fail`. */
  failure: Error | null = null
  /** Watches from before this are answered by 410. */
  compacted = 0
  version = 100
  lists = 0
  watches = 0
  #objects = new Map<string, { readonly resource: Resource; readonly object: KubeObject }>()
  #history: Change[] = []
  #wake: (() => void)[] = []
  #epoch = 0

  constructor(cluster: string) {
    this.cluster = cluster
  }

  put(resource: Resource, object: KubeObject): void {
    const metadata = object.metadata as KubeObject
    const key = keyOf(resource, object)
    this.version += 1
    const stored = {
      ...object,
      metadata: { creationTimestamp: '2026-01-01T00:00:00Z', ...metadata, resourceVersion: String(this.version) },
    }
    const type = this.#objects.has(key) ? 'MODIFIED' : 'ADDED'
    this.#objects.set(key, { resource, object: stored })
    this.#tell(resource, { type, object: stored })
  }

  remove(resource: Resource, namespace: string, name: string): void {
    const key = `${resource}/${namespace}/${name}`
    const found = this.#objects.get(key)
    if (!found) throw new Error(`no ${key}`)
    this.#objects.delete(key)
    this.version += 1
    const metadata = { ...(found.object.metadata as KubeObject), resourceVersion: String(this.version) }
    this.#tell(resource, { type: 'DELETED', object: { ...found.object, metadata } })
  }

  removeIfThere(resource: Resource, namespace: string, name: string): void {
    if (this.#objects.has(`${resource}/${namespace}/${name}`)) this.remove(resource, namespace, name)
  }

  /** What is there, as facts without resourceVersion. */
  facts(): object[] {
    return [...this.#objects.values()].map(({ resource, object }) => ({
      ...(resource === 'Node' ? nodeFacts(object) : podFacts(object)),
      resourceVersion: '',
    }))
  }

  /** etcd comes back from a backup: the last `back` changes never happened, and resourceVersions go back. */
  restore(back: number): void {
    const until = Math.max(100, this.version - back)
    this.#objects.clear()
    this.#history = this.#history.filter(change => change.version <= until)
    for (const { resource, event } of this.#history) {
      if (event.type === 'BOOKMARK') continue
      const key = keyOf(resource, event.object)
      if (event.type === 'DELETED') this.#objects.delete(key)
      else this.#objects.set(key, { resource, object: event.object })
    }
    this.version = until
    this.compacted = Math.min(this.compacted, until)
    this.cutWatches()
  }

  bookmark(resource: Resource): void {
    this.version += 1
    this.#tell(resource, { type: 'BOOKMARK', resourceVersion: String(this.version) })
  }

  /** Cuts every watch and fails every request; null: works again. */
  fail(failure: Error | null): void {
    this.failure = failure
    this.cutWatches()
  }

  cutWatches(): void {
    this.#epoch += 1
    this.#stir()
  }

  /** Another cluster stands there from now on. */
  replace(clusterUid: string, version: number): void {
    this.clusterUid = clusterUid
    this.version = version
    this.#objects.clear()
    this.#history = []
    this.compacted = 0
    this.cutWatches()
  }

  async list(resource: Resource, options: { limit: number; next?: string | null }): Promise<ListPage> {
    this.#check()
    this.lists += 1
    const all = [...this.#objects.values()].filter(entry => entry.resource === resource).map(entry => entry.object)
    const start = Number(options.next ?? 0)
    const end = start + options.limit
    const next = end < all.length ? String(end) : null
    return { items: all.slice(start, end), resourceVersion: String(this.version), next }
  }

  async *watch(
    resource: Resource,
    options: { resourceVersion: string; signal: AbortSignal },
  ): AsyncGenerator<WatchEvent> {
    this.#check()
    this.watches += 1
    const epoch = this.#epoch
    let version = Number(options.resourceVersion)
    if (version < this.compacted) throw expired()
    const stir = () => this.#stir()
    options.signal.addEventListener('abort', stir)
    try {
      for (;;) {
        options.signal.throwIfAborted()
        if (epoch !== this.#epoch) throw this.failure ?? new UnreachableError('the connection was cut')
        const change = this.#history.find(entry => entry.version > version && entry.resource === resource)
        if (change) {
          version = change.version
          yield change.event
          continue
        }
        await new Promise<void>(resolve => this.#wake.push(resolve))
      }
    } finally {
      options.signal.removeEventListener('abort', stir)
    }
  }

  async identify() {
    this.#check()
    return { clusterUid: this.clusterUid, serverVersion: 'v1.37.2' }
  }

  async missingRights(): Promise<readonly Right[]> {
    this.#check()
    return this.missing
  }

  get(): Promise<KubeObject> {
    throw new Error('a watcher gets nothing')
  }
  create(): Promise<KubeObject> {
    throw new Error('a watcher never writes')
  }
  delete(): Promise<KubeObject> {
    throw new Error('a watcher never writes')
  }
  evict(): Promise<KubeObject> {
    throw new Error('a watcher never writes')
  }

  patch(): Promise<KubeObject> {
    throw new Error('a watcher never writes')
  }
  async close(): Promise<void> {
    this.cutWatches()
  }

  #check(): void {
    if (this.failure) throw this.failure
  }

  #tell(resource: Resource, event: WatchEvent): void {
    this.#history.push({ resource, version: this.version, event })
    this.#stir()
  }

  #stir(): void {
    const wake = this.#wake
    this.#wake = []
    for (const resolve of wake) resolve()
  }
}

function keyOf(resource: Resource, object: KubeObject): string {
  const { namespace, name } = object.metadata as KubeObject
  return `${resource}/${namespace ?? ''}/${name}`
}

export const expired = () =>
  new ApiError({ code: 410, reason: 'Expired', cause: '', message: 'too old resource version', retryAfterMs: null })
