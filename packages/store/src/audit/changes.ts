import { canonicalJson, type Event } from '@rollcall/contracts'
import type { Change } from '@rollcall/contracts/api'
import { factsOf } from './seen-object.ts'

/** What differs between two sights of one object, member by member; null when there is nothing to compare. */
export function changesBetween(before: Event | null, after: Event): Change[] | null {
  const old = before === null ? null : factsToCompare(before)
  const now = factsToCompare(after)
  if (old === null || now === null || old.uid !== now.uid) return null
  const changes: Change[] = []
  compare(changes, '', old, now)
  return changes
}

type Value = Change['before']
type Facts = { readonly [member: string]: Value | undefined }

function factsToCompare(event: Event): Facts | null {
  // A revision's template is long, and its digest says whether it changed.
  return event.type === 'RevisionObserved' ? { ...event.revision, template: null } : factsOf(event)
}

function compare(changes: Change[], path: string, before: Facts, after: Facts): void {
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    if (path === '' && key === 'resourceVersion') continue
    const [old, now] = [before[key] ?? null, after[key] ?? null]
    const where = path === '' ? key : /^[A-Za-z]\w*$/.test(key) ? `${path}.${key}` : `${path}[${key}]`
    const [oldMembers, newMembers] = [membersOf(old), membersOf(now)]
    if (oldMembers && newMembers) compare(changes, where, oldMembers, newMembers)
    else if (canonicalJson(old) !== canonicalJson(now)) changes.push({ path: where, before: old, after: now })
  }
}

/** Objects by member, conditions by type; all else is compared as a whole. */
function membersOf(value: Value): Facts | null {
  if (typeof value !== 'object' || value === null) return null
  if (!Array.isArray(value)) return value
  if (value.length === 0 || !value.every(isCondition)) return null
  return Object.fromEntries(value.map(condition => [condition.type, condition]))
}

function isCondition(value: Value): value is { type: string; status: string } {
  return typeof value === 'object' && value !== null && 'type' in value && 'status' in value
}
