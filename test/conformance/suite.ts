import { affinityAndTolerations } from './cases/affinity.ts'
import { beyond } from './cases/beyond.ts'
import { clusters } from './cases/clusters.ts'
import { ownership } from './cases/ownership.ts'
import { placement } from './cases/placement.ts'
import { podForms } from './cases/pod-forms.ts'
import { podsAndTaints } from './cases/pods-and-taints.ts'
import { rollouts } from './cases/rollouts.ts'
import type { Case } from './scenario.ts'

/** Every case there is, in the order of the spec's sections. */
export const suite: readonly Case[] = [
  ...placement,
  ...podsAndTaints,
  ...rollouts,
  ...podForms,
  ...affinityAndTolerations,
  ...ownership,
  ...clusters,
  ...beyond,
]
