import { type Event, familyOf, observedSubject } from '@rollcall/contracts'
import type { EventSummary } from '@rollcall/contracts/api'

/** What is told of an event that stands alone: neither what it changed nor who asked for it is known from it. */
export const eventSummary = (position: number, event: Event): EventSummary => ({
  cluster: event.cluster,
  position,
  at: new Date(event.at).toISOString(),
  type: event.type,
  family: familyOf(event.type),
  subject: observedSubject(event),
  by: 'by' in event ? event.by : null,
  attributed: null,
  changes: null,
})
