import { compareResourceVersions, type Event, type Kind } from '@rollcall/contracts'

type Held = { readonly kind: Kind; readonly name: string; readonly facts: unknown; version: string }
type Relist = { readonly id: string; readonly listed: Set<string> }

/**
 * What a reader of the log knows of a cluster: the least that the events promise (contracts/events.ts). Tests compare
 * it with the cluster itself.
 */
export class FoldedView {
  readonly objects = new Map<string, Held>()
  readonly positions = new Map<Kind, string>()
  clusterUid: string | null = null
  readonly #relists = new Map<Kind, Relist>()

  fold(event: Event): void {
    switch (event.type) {
      case 'ClusterIdentified':
        if (this.clusterUid !== null && this.clusterUid !== event.clusterUid) {
          this.objects.clear()
          this.positions.clear()
          this.#relists.clear()
        }
        this.clusterUid = event.clusterUid
        return
      case 'NodeObserved':
        this.#observed('Node', event.node)
        return
      case 'PodObserved':
        this.#observed('Pod', event.pod)
        return
      case 'DaemonSetObserved':
        this.#observed('DaemonSet', event.daemonSet)
        return
      case 'RevisionObserved':
        this.#observed('ControllerRevision', event.revision)
        return
      case 'NodeGone':
        this.#gone('Node', event)
        return
      case 'PodGone':
        this.#gone('Pod', event)
        return
      case 'DaemonSetGone':
        this.#gone('DaemonSet', event)
        return
      case 'RevisionGone':
        this.#gone('ControllerRevision', event)
        return
      case 'RelistStarted':
        if (event.historyReset) {
          this.positions.delete(event.kind)
          for (const held of this.objects.values()) if (held.kind === event.kind) held.version = '0'
        }
        this.#relists.set(event.kind, { id: event.relist, listed: new Set() })
        return
      case 'RelistListed': {
        const relist = this.#relists.get(event.kind)
        if (relist?.id === event.relist) for (const { uid } of event.objects) relist.listed.add(uid)
        return
      }
      case 'RelistCompleted':
        this.#completed(event.kind, event.relist, event.resourceVersion)
        return
      case 'WatchProgressed':
        this.#reached(event.kind, event.resourceVersion)
        return
      default:
        return
    }
  }

  #observed(kind: Kind, facts: { name: string; uid: string; resourceVersion: string }): void {
    const { name, uid, resourceVersion } = facts
    const held = this.objects.get(uid)
    if (held === undefined || compareResourceVersions(resourceVersion, held.version) >= 0) {
      this.objects.set(uid, { kind, name, facts: { ...facts, resourceVersion: '' }, version: resourceVersion })
    }
    this.#reached(kind, resourceVersion)
  }

  #gone(kind: Kind, gone: { uid: string; resourceVersion: string }): void {
    const held = this.objects.get(gone.uid)
    if (held && compareResourceVersions(gone.resourceVersion, held.version) >= 0) this.objects.delete(gone.uid)
    this.#reached(kind, gone.resourceVersion)
  }

  #completed(kind: Kind, id: string, resourceVersion: string): void {
    const relist = this.#relists.get(kind)
    if (relist?.id !== id) return
    for (const [uid, held] of this.objects) {
      if (held.kind !== kind || relist.listed.has(uid)) continue
      if (compareResourceVersions(held.version, resourceVersion) <= 0) this.objects.delete(uid)
    }
    this.#relists.delete(kind)
    this.positions.set(kind, resourceVersion)
  }

  /** While a list is open, what it lists comes in no order. */
  #reached(kind: Kind, resourceVersion: string): void {
    if (this.#relists.has(kind)) return
    const before = this.positions.get(kind)
    if (before === undefined) return
    if (compareResourceVersions(resourceVersion, before) > 0) this.positions.set(kind, resourceVersion)
  }
}
