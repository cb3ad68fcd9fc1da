import { hash } from 'node:crypto'
import type { Event, Kind } from '@rollcall/contracts'

/**
 * What an event is about. The ledger keeps a 64-bit key of it beside each event, so that the story of one object is found
 * without reading the stream. The key only finds: whoever reads compares the subject itself.
 */
export type LedgerSubject = {
  /** `Command`: the event tells how a command fares. */
  readonly kind: Kind | 'Command'
  /** Empty for a Node and a Command. */
  readonly namespace: string
  /** Of a Command its id. */
  readonly name: string
}

/** null: the event is about no single object. */
export function subjectOf(event: Event): LedgerSubject | null {
  switch (event.type) {
    case 'NodeObserved':
      return { kind: 'Node', namespace: '', name: event.node.name }
    case 'NodeGone':
      return { kind: 'Node', namespace: '', name: event.name }
    case 'PodObserved':
      return { kind: 'Pod', namespace: event.pod.namespace, name: event.pod.name }
    case 'PodGone':
      return { kind: 'Pod', namespace: event.namespace, name: event.name }
    case 'DaemonSetObserved':
      return { kind: 'DaemonSet', namespace: event.daemonSet.namespace, name: event.daemonSet.name }
    case 'DaemonSetGone':
      return { kind: 'DaemonSet', namespace: event.namespace, name: event.name }
    case 'RevisionObserved':
      return { kind: 'ControllerRevision', namespace: event.revision.namespace, name: event.revision.name }
    case 'RevisionGone':
      return { kind: 'ControllerRevision', namespace: event.namespace, name: event.name }
    case 'CommandDelayed':
      return { kind: 'Command', namespace: '', name: event.commandId }
    // The table of commands has it.
    case 'CommandSettled':
    case 'ClusterIdentified':
    case 'RelistStarted':
    case 'RelistListed':
    case 'RelistCompleted':
    case 'WatchProgressed':
    case 'ModeRequested':
    case 'Ticked':
      return null
  }
}

/** The key under which the ledger finds a subject: the first 64 bits of SHA-256, signed. */
export function subjectKey({ kind, namespace, name }: LedgerSubject): bigint {
  // As text: a Buffer for each event costs ten times as much, most of it in garbage collection (pnpm bench simulated).
  const digits = hash('sha256', `${kind}\u0000${namespace}\u0000${name}`, 'hex').slice(0, 16)
  return BigInt.asIntN(64, BigInt(`0x${digits}`))
}

export function isSubject(event: Event, { kind, namespace, name }: LedgerSubject): boolean {
  const subject = subjectOf(event)
  return subject !== null && subject.kind === kind && subject.namespace === namespace && subject.name === name
}
