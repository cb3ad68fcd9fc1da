import type { KubeObject, ObjectStore, ResourceName } from './object-store.ts'
import { resourceNames } from './resources.ts'

/** All objects of a cluster, as plain data: to be kept in a file, and restored. */
export type StoreDump = {
  /** resourceVersion of the newest write. */
  readonly revision: number
  readonly objects: readonly { readonly resource: ResourceName; readonly object: KubeObject }[]
}

export function dumpStore(store: ObjectStore): StoreDump {
  return {
    revision: Number(store.resourceVersion()),
    objects: resourceNames.flatMap(resource => store.list(resource, null).map(object => ({ resource, object }))),
  }
}

/**
 * The dump with every object written anew, at resourceVersions higher by `gap` and more: for one that is older than what
 * watchers may have seen since. They would take objects of that age for old news.
 */
export function ahead(dump: StoreDump, gap: number): StoreDump {
  let revision = dump.revision + gap
  const objects = dump.objects.map(({ resource, object }) => {
    revision++
    return { resource, object: { ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } } }
  })
  return { revision, objects }
}
