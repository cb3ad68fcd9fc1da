import type { DaemonSetFacts, Event, NodeFacts, PodFacts, RevisionFacts } from '@rollcall/contracts'

/** What an event says of the one object that it is a sight of. */

/** null: it shows no object. */
export function factsOf(event: Event): NodeFacts | PodFacts | DaemonSetFacts | RevisionFacts | null {
  switch (event.type) {
    case 'NodeObserved':
      return event.node
    case 'PodObserved':
      return event.pod
    case 'DaemonSetObserved':
      return event.daemonSet
    case 'RevisionObserved':
      return event.revision
    default:
      return null
  }
}

/** Of an object that is shown, or whose end was seen; null: the event is no sight of one object. */
export function identityOf(event: Event): { readonly uid: string; readonly resourceVersion: string } | null {
  switch (event.type) {
    case 'NodeGone':
    case 'PodGone':
    case 'DaemonSetGone':
    case 'RevisionGone':
      return event
    default:
      return factsOf(event)
  }
}
