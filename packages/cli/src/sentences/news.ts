import type { LedgerEvent } from '@rollcall/contracts/api'
import { changeWords } from './changes.ts'
import { eventWords } from './events.ts'

/**
 * What is worth telling in a live view that shows the figures anyway; '' for what is not: a status written and seen again,
 * a Kubernetes Event recorded, an object that only reported its state anew.
 */
export function newsWords(event: LedgerEvent): string {
  return isNews(event) ? eventWords(event) : ''
}

function isNews({ type, subject, changes, event }: LedgerEvent): boolean {
  if (type === 'CommandSettled') {
    const { commandType, result } = event as { commandType?: unknown; result?: unknown }
    return result !== 'done' || (commandType !== 'WriteStatus' && commandType !== 'RecordEvent')
  }
  if (changes === null || subject === null) return true
  const told = changes.filter(({ path }) => !(subject.kind === 'DaemonSet' && path.startsWith('status.')))
  return changeWords(subject.kind, told).length > 0
}
