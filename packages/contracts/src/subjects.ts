import type { Event } from './events.ts'
import type { Kind } from './facts.ts'

export type EventSubject = {
  readonly kind: Kind
  /** Empty for a Node. */
  readonly namespace: string
  readonly name: string
}

/** The object that was observed, or whose change was attributed; null: the event is no observation of a single object. */
export function observedSubject(event: Event): EventSubject | null {
  switch (event.type) {
    case 'NodeObserved':
      return { kind: 'Node', namespace: '', name: event.node.name }
    case 'NodeGone':
      return { kind: 'Node', namespace: '', name: event.name }
    case 'PodObserved':
      return named('Pod', event.pod)
    case 'PodGone':
      return named('Pod', event)
    case 'DaemonSetObserved':
      return named('DaemonSet', event.daemonSet)
    case 'DaemonSetGone':
      return named('DaemonSet', event)
    case 'RevisionObserved':
      return named('ControllerRevision', event.revision)
    case 'RevisionGone':
      return named('ControllerRevision', event)
    case 'ChangeAttributed':
      return { kind: event.object.kind, namespace: event.object.namespace, name: event.object.name }
    case 'CommandSettled':
    case 'CommandDelayed':
    case 'ClusterIdentified':
    case 'RelistStarted':
    case 'RelistListed':
    case 'RelistCompleted':
    case 'WatchProgressed':
    case 'ModeRequested':
    case 'HoldApproved':
    case 'HoldRejected':
    case 'Ticked':
      return null
  }
}

const named = (kind: Kind, { namespace, name }: { namespace: string; name: string }): EventSubject => ({
  kind,
  namespace,
  name,
})
