import { type DecisionPoint, decisionPointCodec, type Event, eventCodec } from '@rollcall/contracts'
import { type LedgerEntry, StoreError } from '../store.ts'
import { subjectKey, subjectOf } from './subjects.ts'

/** A ledger row: identity and canonical text, which are hashed, and what it is found by. */
export type LedgerRecord = {
  readonly position: number
  /** 0: the event; 1, 2, …: the decision points after it. */
  readonly seq: number
  readonly at: number
  readonly type: string
  readonly text: string
  /** `subjectKey` of what the event is about; null: of no single object, or a decision point. */
  readonly subject: bigint | null
}

const pointType = 'DecisionPoint'

export function eventRecord(position: number, event: Event): LedgerRecord {
  const subject = subjectOf(event)
  const key = subject === null ? null : subjectKey(subject)
  return { position, seq: 0, at: event.at, type: event.type, text: eventCodec.encode(event), subject: key }
}

export function pointRecord(seq: number, point: DecisionPoint): LedgerRecord {
  const text = decisionPointCodec.encode(point)
  return { position: point.position, seq, at: point.at, type: pointType, text, subject: null }
}

/** Reads a record of this or any older version. */
export function readRecord(
  cluster: string,
  { position, seq, text }: Pick<LedgerRecord, 'position' | 'seq' | 'text'>,
): LedgerEntry {
  const decoded = seq === 0 ? eventCodec.decode(text) : decisionPointCodec.decode(text)
  if (!decoded.ok) {
    throw new StoreError('failed', `stream ${cluster} at position ${position}: ${decoded.failure.reason}`)
  }
  return seq === 0
    ? { kind: 'event', position, event: decoded.value as Event }
    : { kind: 'decision', position, point: decoded.value as DecisionPoint }
}
