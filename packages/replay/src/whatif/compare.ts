import type { Act, Gap, Timeline } from './timeline.ts'
import type { WhatIf } from './whatif.ts'

/** What one history did to the cluster. */
export type Blast = {
  readonly created: number
  readonly deleted: number
  /** Slots that were without a ready pod though one should have run, how long altogether, and the longest time. */
  readonly uncoveredSlots: number
  readonly uncoveredMs: number
  readonly longestMs: number
}

/** A slot in which the two histories are not the same. */
export type SlotDifference = {
  /** `namespace/daemonset node` */
  readonly slot: string
  readonly base: SlotHistory
  readonly alternative: SlotHistory
}
export type SlotHistory = {
  readonly acts: readonly Act[]
  readonly uncoveredMs: number
  /** Revisions of the live pods at the end. */
  readonly pods: readonly string[]
}

export type Comparison = {
  readonly recorded: Blast
  /** Of the simulation with nothing changed. */
  readonly unchanged: Blast
  readonly alternative: Blast
  /**
   * What the alternative is compared with: the record; or the unchanged simulation, where nothing is recorded behind the
   * beginning, or the record ends while something is under way.
   */
  readonly base: 'recorded' | 'unchanged'
  /** By slot; those of which only the times differ are not among them. */
  readonly differences: readonly SlotDifference[]
  /** Of the slots that were touched: in how many the unchanged simulation did what was recorded. */
  readonly fidelity: { readonly slots: number; readonly same: number }
}

/** Two histories side by side. */
export function compareHistories({ from, recordEnds, recorded, alternative, control }: WhatIf): Comparison {
  const goesOn = control.acts.some(({ at }) => at > recordEnds)
  const isRecorded = recordEnds > from.time && !goesOn
  const base = isRecorded ? recorded : control
  const [before, after] = [bySlot(base.acts), bySlot(alternative.acts)]
  const differences = slotsOf(base, alternative)
    .filter(slot => gist(before, slot) !== gist(after, slot))
    .map(slot => ({ slot, base: historyOf(base, before, slot), alternative: historyOf(alternative, after, slot) }))
  // What the simulation goes on to do behind the end of the record is not to be held against it.
  const [left, right] = [recorded, control].map(({ acts }) => bySlot(acts.filter(({ at }) => at <= recordEnds)))
  const touched = [...new Set([...(left?.keys() ?? []), ...(right?.keys() ?? [])])]
  const same = touched.filter(slot => left && right && gist(left, slot) === gist(right, slot)).length
  return {
    recorded: blastOf(recorded),
    unchanged: blastOf(control),
    alternative: blastOf(alternative),
    base: isRecorded ? 'recorded' : 'unchanged',
    differences,
    fidelity: { slots: touched.length, same },
  }
}

type Slots = ReadonlyMap<string, readonly Act[]>
const bySlot = (acts: readonly Act[]): Slots => Map.groupBy(acts, ({ daemonSet, node }) => `${daemonSet} ${node}`)

const slotsOf = (...timelines: readonly Timeline[]): string[] =>
  [...new Set(timelines.flatMap(one => [...bySlot(one.acts).keys(), ...one.pods.keys()]))].sort()

/** What was done in a slot, in its order; not when. */
const gist = (slots: Slots, slot: string): string =>
  (slots.get(slot) ?? []).map(({ type, revision }) => `${type} ${revision}`).join(', ')

const historyOf = ({ gaps, pods }: Timeline, slots: Slots, slot: string): SlotHistory => ({
  acts: slots.get(slot) ?? [],
  uncoveredMs: lengthOf(gaps.get(slot) ?? []),
  pods: pods.get(slot) ?? [],
})

const lengthOf = (gaps: readonly Gap[]): number => gaps.reduce((sum, { from, to }) => sum + to - from, 0)

function blastOf({ acts, gaps }: Timeline): Blast {
  const all = [...gaps.values()]
  return {
    created: acts.filter(({ type }) => type === 'create').length,
    deleted: acts.filter(({ type }) => type === 'delete').length,
    uncoveredSlots: all.length,
    uncoveredMs: all.reduce((sum, one) => sum + lengthOf(one), 0),
    longestMs: Math.max(0, ...all.flat().map(({ from, to }) => to - from)),
  }
}
