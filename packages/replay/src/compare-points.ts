import type { Command, Decision, DecisionPoint, Json, Mark } from '@rollcall/contracts'
import { sameJson } from './same-json.ts'

/** What was decided for one DaemonSet, on one node or as a whole. */
export type SlotDecision = {
  readonly decisions: readonly Decision[]
  readonly commands: readonly Command[]
  readonly marks: readonly Mark[]
}

/** One place in which a decision made anew is not the recorded one. */
export type Difference = {
  readonly position: number
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly daemonSet: { readonly namespace: string; readonly name: string; readonly uid: string } | null
  /** null: the DaemonSet as a whole, or (with `daemonSet` null) the decision point. */
  readonly node: string | null
  /** `slot`: another verdict, action, reason, command or mark. `wakeAt`: another time to look again. `order`: same, in another order. */
  readonly what: 'slot' | 'wakeAt' | 'order'
  readonly recorded: SlotDecision | { readonly wakeAt: number | null } | null
  readonly now: SlotDecision | { readonly wakeAt: number | null } | null
}

/** Names of the DaemonSet with this uid, as the state knows it. */
export type NameOf = (uid: string) => { readonly namespace: string; readonly name: string } | null

/** Every difference between a recorded decision point and the same made anew; empty: they agree. The core's version is no difference. */
export function comparePoints(recorded: DecisionPoint, now: DecisionPoint, nameOf: NameOf): Difference[] {
  const { position, at } = recorded
  const isSame =
    sameJson(recorded.decisions, now.decisions) &&
    sameJson(recorded.commands, now.commands) &&
    sameJson(recorded.marks, now.marks)
  const differences = isSame ? [] : slotDifferences(recorded, now, nameOf)
  const whole = { position, at, daemonSet: null, node: null }
  if (!isSame && differences.length === 0) {
    differences.push({ ...whole, what: 'order', recorded: null, now: null })
  }
  if (recorded.wakeAt !== now.wakeAt) {
    const [before, after] = [{ wakeAt: recorded.wakeAt }, { wakeAt: now.wakeAt }]
    differences.push({ ...whole, what: 'wakeAt', recorded: before, now: after })
  }
  return differences
}

function slotDifferences(recorded: DecisionPoint, now: DecisionPoint, nameOf: NameOf): Difference[] {
  const [before, after] = [bySlot(recorded), bySlot(now)]
  const keys = new Set([...before.keys(), ...after.keys()])
  return [...keys].sort().flatMap((key): Difference[] => {
    const [left, right] = [before.get(key), after.get(key)]
    if (sameJson(left, right)) return []
    const [uid, node] = JSON.parse(key) as [string, string | null]
    const named = [...(left?.decisions ?? []), ...(right?.decisions ?? [])][0]?.daemonSet ?? nameOf(uid)
    return [
      {
        position: recorded.position,
        at: recorded.at,
        daemonSet: { namespace: named?.namespace ?? '', name: named?.name ?? '', uid },
        node,
        what: 'slot',
        recorded: left ?? null,
        now: right ?? null,
      },
    ]
  })
}

type Parts = { decisions: Decision[]; commands: Command[]; marks: Mark[] }

function bySlot({ decisions, commands, marks }: DecisionPoint): Map<string, Parts> {
  const slots = new Map<string, Parts>()
  const partsOf = (uid: string, node: string | null): Parts => {
    const key = JSON.stringify([uid, node])
    const parts = slots.get(key) ?? { decisions: [], commands: [], marks: [] }
    slots.set(key, parts)
    return parts
  }
  for (const decision of decisions) partsOf(decision.daemonSet.uid, decision.node).decisions.push(decision)
  for (const command of commands) partsOf(command.daemonSet.uid, nodeOf(command)).commands.push(command)
  for (const mark of marks) partsOf(textOf(mark.daemonSet) ?? '', textOf(mark.node)).marks.push(mark)
  return slots
}

/** A slot is written `uid/node`; of a whole DaemonSet it is the uid. */
function nodeOf({ slot, daemonSet }: Command): string | null {
  return slot.startsWith(`${daemonSet.uid}/`) ? slot.slice(daemonSet.uid.length + 1) || null : null
}

const textOf = (value: Json | undefined): string | null => (typeof value === 'string' ? value : null)
