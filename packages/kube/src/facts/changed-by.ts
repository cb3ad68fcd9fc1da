import type { ChangedBy } from '@rollcall/contracts'
import { fieldsOf, itemsOf, textOf } from './read.ts'

/** Who changed the object last: the newest entry of `managedFields`; of equals the last, as the API server sorts them. */
export function changedBy(object: unknown): ChangedBy {
  let newest: ChangedBy = null
  for (const entry of itemsOf(fieldsOf(fieldsOf(object).metadata).managedFields)) {
    const millis = Date.parse(textOf(entry.time))
    const at = Number.isFinite(millis) ? millis : null
    if (newest !== null && (at ?? -1) < (newest.at ?? -1)) continue
    newest = { manager: textOf(entry.manager), operation: textOf(entry.operation), at }
  }
  return newest
}
