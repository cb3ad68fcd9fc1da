import type { Event, Kind } from '@rollcall/contracts'

export type EventSubject = {
  readonly kind: Kind
  /** Empty for a Node. */
  readonly namespace: string
  readonly name: string
}

/** The object that an observation is about; null: the event is about no single object. */
export function subjectOf(event: Event): EventSubject | null {
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
    default:
      return null
  }
}

const named = (kind: Kind, { namespace, name }: { namespace: string; name: string }): EventSubject => ({
  kind,
  namespace,
  name,
})
