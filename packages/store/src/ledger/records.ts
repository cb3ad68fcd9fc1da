import { createCodec, type DecisionPoint, decisionPointSchema, type Event, eventCodec } from '@rollcall/contracts'
import { type LedgerEntry, StoreError } from '../store.ts'

/** A ledger row as it is hashed: identity and canonical text. */
export type LedgerRecord = {
  readonly position: number
  /** 0: the event; 1, 2, …: the decision points after it. */
  readonly seq: number
  readonly at: number
  readonly type: string
  readonly text: string
}

const pointType = 'DecisionPoint'
/** The schema drops `type` again when it reads, which is as wanted: a DecisionPoint has none. */
const pointCodec = createCodec<DecisionPoint & { readonly type: typeof pointType }>({
  [pointType]: { version: 1, schema: decisionPointSchema },
})

export function eventRecord(position: number, event: Event): LedgerRecord {
  return { position, seq: 0, at: event.at, type: event.type, text: eventCodec.encode(event) }
}

export function pointRecord(seq: number, point: DecisionPoint): LedgerRecord {
  const text = pointCodec.encode({ ...point, type: pointType })
  return { position: point.position, seq, at: point.at, type: pointType, text }
}

/** Reads a record of this or any older version. */
export function readRecord(cluster: string, { position, seq, text }: Omit<LedgerRecord, 'at' | 'type'>): LedgerEntry {
  const decoded = seq === 0 ? eventCodec.decode(text) : pointCodec.decode(text)
  if (!decoded.ok) {
    throw new StoreError('failed', `stream ${cluster} at position ${position}: ${decoded.failure.reason}`)
  }
  return seq === 0
    ? { kind: 'event', position, event: decoded.value as Event }
    : { kind: 'decision', position, point: decoded.value as DecisionPoint }
}
