import { compareResourceVersions, type Event, type Kind } from '@rollcall/contracts'

/**
 * How far the watches of a cluster have come in the log, per kind: where a watcher resumes. Everything up to that
 * resourceVersion must be in the log already, so objects of a list that is still under way do not move it: they come in no
 * order. Whether a list is under way is unknown after a restart; then only what proves it over moves the reach.
 */
export interface WatchReach {
  /** Notes an event, whether it folds to something or not. */
  note(event: Event): void
  /** What moved since the last call. */
  takeMoved(): ReadonlyMap<Kind, string>
}

/** `clusterUid`: which cluster the stored positions are of; null: none is on record. */
export function createWatchReach(stored: ReadonlyMap<Kind, string>, clusterUid: string | null): WatchReach {
  let uid = clusterUid
  const reached = new Map(stored)
  const watching = new Set<Kind>()
  let moved = new Map<Kind, string>()

  const set = (kind: Kind, resourceVersion: string) => {
    if (reached.get(kind) === resourceVersion) return
    reached.set(kind, resourceVersion)
    moved.set(kind, resourceVersion)
  }
  const forward = (kind: Kind, resourceVersion: string) => {
    const before = reached.get(kind)
    if (before === undefined || compareResourceVersions(resourceVersion, before) > 0) set(kind, resourceVersion)
  }

  return {
    note(event) {
      switch (event.type) {
        case 'ClusterIdentified':
          // A watcher says so whenever it begins; only of another cluster do the versions known say nothing. The store then
          // forgets its positions too.
          if (uid === event.clusterUid) return
          uid = event.clusterUid
          reached.clear()
          watching.clear()
          moved.clear()
          return
        case 'RelistStarted':
          watching.delete(event.kind)
          return
        case 'RelistCompleted':
          // Not only forward: after etcd was restored from a backup, versions begin again below.
          watching.add(event.kind)
          return set(event.kind, event.resourceVersion)
        case 'WatchProgressed':
          // A bookmark comes from a watch, so no list is under way.
          watching.add(event.kind)
          return forward(event.kind, event.resourceVersion)
        default: {
          const seen = seenIn(event)
          if (seen && watching.has(seen.kind)) forward(seen.kind, seen.resourceVersion)
        }
      }
    },
    takeMoved() {
      const taken = moved
      moved = new Map()
      return taken
    },
  }
}

function seenIn(event: Event): { readonly kind: Kind; readonly resourceVersion: string } | null {
  switch (event.type) {
    case 'NodeObserved':
      return { kind: 'Node', resourceVersion: event.node.resourceVersion }
    case 'NodeGone':
      return { kind: 'Node', resourceVersion: event.resourceVersion }
    case 'PodObserved':
      return { kind: 'Pod', resourceVersion: event.pod.resourceVersion }
    case 'PodGone':
      return { kind: 'Pod', resourceVersion: event.resourceVersion }
    case 'DaemonSetObserved':
      return { kind: 'DaemonSet', resourceVersion: event.daemonSet.resourceVersion }
    case 'DaemonSetGone':
      return { kind: 'DaemonSet', resourceVersion: event.resourceVersion }
    case 'RevisionObserved':
      return { kind: 'ControllerRevision', resourceVersion: event.revision.resourceVersion }
    case 'RevisionGone':
      return { kind: 'ControllerRevision', resourceVersion: event.resourceVersion }
    default:
      return null
  }
}
