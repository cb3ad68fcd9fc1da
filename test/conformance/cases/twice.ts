import { onDelete, rolling, type Strategy } from '../objects.ts'
import type { Step, Story } from '../scenario.ts'

/** A line marked ×2: the same with both strategies (spec §9, conventions). */
export function twice(id: string, says: string, steps: (strategy: Strategy) => readonly Step[]): Story[] {
  return [onDelete, rolling(1)].map(strategy => ({ id, says, variant: strategy.type, steps: steps(strategy) }))
}

/** Pods of the rolling update tests have no template generation in common: only the hash tells old from new. */
export const byHashOnly = { generation: null } as const
