import type { Change, KubeObject } from '../../objects/object-store.ts'
import type { Selection } from '../selectors/index.ts'

export type WatchEvent = {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'
  readonly object: KubeObject
}

/**
 * A change as one watch sees it: what a selector begins or ceases to match appears and vanishes. Null: nothing of it.
 * (`apiserver/pkg/storage/cacher`, convertToWatchEvent)
 */
export function eventOf(change: Change, namespace: string | null, selection: Selection): WatchEvent | null {
  const { object, before, type } = change
  if (namespace !== null && object.metadata.namespace !== namespace) return null
  const isChosen = type !== 'DELETED' && selection.matches(object)
  const wasChosen = before !== null && selection.matches(before)
  if (isChosen) return { type: wasChosen ? 'MODIFIED' : 'ADDED', object }
  if (!wasChosen) return null
  if (type === 'DELETED') return { type, object }
  // It left the selection: the watcher gets what it knew, at the resourceVersion at which that ended.
  const { resourceVersion } = object.metadata
  return { type: 'DELETED', object: { ...before, metadata: { ...before.metadata, resourceVersion } } }
}
