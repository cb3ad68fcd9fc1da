import type { Json } from '@rollcall/contracts'
import { sameJson } from './same-json.ts'
import type { View } from './view.ts'

export type ChangedKind = 'node' | 'pod' | 'daemonSet' | 'slot' | 'flight'

/** One thing that is not as it was. `members` of something that came or went is empty. */
export type ViewChange = {
  readonly kind: ChangedKind
  readonly name: string
  readonly change: 'came' | 'went' | 'changed'
  readonly members: readonly { readonly name: string; readonly before: Json; readonly after: Json }[]
}

const parts = [
  ['node', 'nodes'],
  ['daemonSet', 'daemonSets'],
  ['pod', 'pods'],
  ['slot', 'slots'],
  ['flight', 'flights'],
] as const

/** What differs between two views of one cluster: by kind, then name. */
export function viewChanges(before: View, after: View): ViewChange[] {
  return parts.flatMap(([kind, part]) => changesOf(kind, before[part], after[part]))
}

function changesOf(kind: ChangedKind, before: ReadonlyMap<string, object>, after: ReadonlyMap<string, object>) {
  const names = [...new Set([...before.keys(), ...after.keys()])].sort()
  return names.flatMap((name): ViewChange[] => {
    const [had, has] = [before.get(name), after.get(name)]
    if (!had || !has) return [{ kind, name, change: had ? 'went' : 'came', members: [] }]
    const members = memberChanges(had, has)
    return members.length === 0 ? [] : [{ kind, name, change: 'changed', members }]
  })
}

function memberChanges(before: object, after: object): ViewChange['members'] {
  const had = before as { readonly [name: string]: Json }
  return Object.entries(after as { readonly [name: string]: Json }).flatMap(([name, value]) =>
    sameJson(had[name], value) ? [] : [{ name, before: had[name] ?? null, after: value }],
  )
}
