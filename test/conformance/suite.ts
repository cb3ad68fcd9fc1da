import { affinityAndTolerations } from './cases/affinity.ts'
import { beyondPods } from './cases/beyond-pods.ts'
import { beyondRollouts } from './cases/beyond-rollouts.ts'
import { beyondStatus } from './cases/beyond-status.ts'
import { budgets } from './cases/budgets.ts'
import { creations } from './cases/creations.ts'
import { endToEnd } from './cases/end-to-end.ts'
import { failedPods } from './cases/failed-pods.ts'
import { integration } from './cases/integration.ts'
import { ownership } from './cases/ownership.ts'
import { placement } from './cases/placement.ts'
import { podForms } from './cases/pod-forms.ts'
import { revisions } from './cases/revisions.ts'
import { rollouts } from './cases/rollouts.ts'
import { status } from './cases/status.ts'
import { surges } from './cases/surges.ts'
import { taints } from './cases/taints.ts'
import { wakes } from './cases/wakes.ts'
import type { Case } from './scenario.ts'

/** Every case there is, in the order of the spec's sections. */
export const suite: readonly Case[] = [
  ...creations,
  ...placement,
  ...failedPods,
  ...taints,
  ...wakes,
  ...surges,
  ...status,
  ...rollouts,
  ...budgets,
  ...revisions,
  ...podForms,
  ...affinityAndTolerations,
  ...ownership,
  ...integration,
  ...endToEnd,
  ...beyondPods,
  ...beyondRollouts,
  ...beyondStatus,
]
