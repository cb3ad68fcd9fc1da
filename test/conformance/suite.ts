import { placement } from './cases/placement.ts'
import { podsAndTaints } from './cases/pods-and-taints.ts'
import { rollouts } from './cases/rollouts.ts'
import type { Case } from './scenario.ts'

/** Every case there is, in the order of the spec. */
export const suite: readonly Case[] = [...placement, ...podsAndTaints, ...rollouts]
