import type { KubeObject } from './object-store.ts'

/** The present objects of one resource, by namespace and name. */
export type Collection = {
  find(namespace: string, name: string): KubeObject | null
  put(object: KubeObject): void
  remove(namespace: string, name: string): void
  /** In etcd's order: by namespace and name. Null is every namespace. */
  list(namespace: string | null): readonly KubeObject[]
}

type Names = {
  put(object: KubeObject): void
  find(name: string): KubeObject | null
  remove(name: string): void
  list(): readonly KubeObject[]
}

/** Objects by name. The order is made when somebody lists, from the one made last: nearly sorted, so in one pass. */
function createNames(): Names {
  const objects = new Map<string, KubeObject>()
  let sorted: readonly string[] = []
  let added: string[] = []
  let removed = new Set<string>()
  let listed: readonly KubeObject[] | null = null

  function sortedNames(): readonly string[] {
    if (added.length === 0 && removed.size === 0) return sorted
    sorted = [...sorted, ...added].filter(name => !removed.has(name)).sort()
    added = []
    removed = new Set()
    return sorted
  }

  return {
    find: name => objects.get(name) ?? null,
    put(object) {
      const { name } = object.metadata
      if (!objects.has(name) && !removed.delete(name)) added.push(name)
      objects.set(name, object)
      listed = null
    },
    remove(name) {
      if (objects.delete(name)) removed.add(name)
      listed = null
    },
    list() {
      listed ??= Object.freeze(sortedNames().flatMap(name => objects.get(name) ?? []))
      return listed
    },
  }
}

export function createCollection(): Collection {
  const namespaces = new Map<string, Names>()

  function namesIn(namespace: string): Names {
    const found = namespaces.get(namespace)
    if (found) return found
    const names = createNames()
    namespaces.set(namespace, names)
    return names
  }

  return {
    find: (namespace, name) => namespaces.get(namespace)?.find(name) ?? null,
    put: object => namesIn(object.metadata.namespace ?? '').put(object),
    remove: (namespace, name) => namespaces.get(namespace)?.remove(name),
    list(namespace) {
      if (namespace !== null) return namespaces.get(namespace)?.list() ?? []
      // etcd sorts `namespace/name`, and a slash comes after a dash.
      const keys = [...namespaces.keys()].sort((a, b) => (`${a}/` < `${b}/` ? -1 : 1))
      return keys.flatMap(key => namespaces.get(key)?.list() ?? [])
    },
  }
}
