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
  readonly recorded: SlotHistory
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
  readonly alternative: Blast
  /** By slot; those of which only the times differ are not among them. */
  readonly differences: readonly SlotDifference[]
  /** Of the slots that were touched: in how many the unchanged simulation did what was recorded. */
  readonly fidelity: { readonly slots: number; readonly same: number }
}

/** Two histories side by side. */
export function compareHistories({ recorded, alternative, control }: WhatIf): Comparison {
  const slots = slotsOf(recorded, alternative)
  const [left, right, unchanged] = [recorded, alternative, control].map(bySlot) as [Slots, Slots, Slots]
  const differences = slots
    .filter(slot => gist(left, slot) !== gist(right, slot))
    .map(slot => ({
      slot,
      recorded: historyOf(recorded, left, slot),
      alternative: historyOf(alternative, right, slot),
    }))
  const touched = slotsOf(recorded, control).filter(slot => left.has(slot) || unchanged.has(slot))
  const same = touched.filter(slot => gist(left, slot) === gist(unchanged, slot)).length
  return {
    recorded: blastOf(recorded),
    alternative: blastOf(alternative),
    differences,
    fidelity: { slots: touched.length, same },
  }
}

type Slots = ReadonlyMap<string, readonly Act[]>
const bySlot = ({ acts }: Timeline): Slots => Map.groupBy(acts, ({ daemonSet, node }) => `${daemonSet} ${node}`)

const slotsOf = (...timelines: readonly Timeline[]): string[] =>
  [...new Set(timelines.flatMap(one => [...bySlot(one).keys(), ...one.pods.keys()]))].sort()

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
