import type { RolloutMemory } from '@rollcall/contracts'

/** What the rollout of the present template knows of itself. It is of the template, whatever becomes of its revision. */
export type Rollout = RolloutMemory

/** Stands for whatever held the rollout before this one: whether anything holds this one is to be said anew. */
const superseded = 'superseded'

/** That of a new template. */
export const newRollout = (before?: Rollout): Rollout => ({
  held: before === undefined || before.held === '' ? '' : superseded,
  replacedAt: null,
  batch: { group: null, replaced: 0, notBefore: 0 },
  completed: false,
  autoPaused: null,
  rolledBackAt: null,
})

/** What a node was when the rollout replaced its pod; null: it has not. */
export type Reach = 'healthy' | 'unhealthy' | null
