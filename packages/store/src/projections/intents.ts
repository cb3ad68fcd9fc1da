import type { Event } from '@rollcall/contracts'
import type { IntentRow } from './rows.ts'

/** The row of an intent; null: the event is none, or of a version that gave intents no id. */
export function intentRow(position: number, event: Event): IntentRow | null {
  if (!('intent' in event) || event.intent === '') return null
  const { cluster, at, type, intent: id, askedBy, ...body } = event
  return { cluster, id, position, at, type, user: askedBy.user, via: askedBy.via, body }
}
