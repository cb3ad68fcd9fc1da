import { annotation } from './annotation.ts'
import { type Rate, rate } from './values.ts'

/** What can be asked of placement. */
export const placementAnnotations = {
  creationRate: annotation<Rate | null>({
    name: 'creation-rate',
    form: rate,
    absent: null,
    example: '10/s',
    meaning:
      'At most so many pods of this DaemonSet are created in a second (`s`), a minute (`m`) or an hour (`h`), evenly spread, by node name. Whatever asks for them: new nodes, a new DaemonSet, a rollout.',
    nonsense: 'asAbsent',
  }),
} as const
