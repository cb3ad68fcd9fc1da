import { hash } from 'node:crypto'
import { type Event, type Kind, observedSubject } from '@rollcall/contracts'

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

/** null: the event is about no single object. What settled a command stands in the table of commands. */
export function subjectOf(event: Event): LedgerSubject | null {
  if (event.type === 'CommandDelayed') return { kind: 'Command', namespace: '', name: event.commandId }
  return observedSubject(event)
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
