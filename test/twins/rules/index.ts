import { cleanUpOrder } from './clean-up-order.ts'
import { duplicateRevisions } from './duplicate-revisions.ts'
import { eventBurst, taintEviction } from './races.ts'
import type { Rule } from './rule.ts'
import { updateOrder } from './update-order.ts'

export { drivenOutBy } from './driven-out.ts'
export { type Context, ownerAt, type Pictures, type Rule } from './rule.ts'
export { type Sleep, sleepOf, sleeps, wokenBy } from './sleeps.ts'

/** In the order in which they are asked: what one explains, the next ones are not shown. */
export const rules: readonly Rule[] = [updateOrder, duplicateRevisions, cleanUpOrder, taintEviction, eventBurst]
