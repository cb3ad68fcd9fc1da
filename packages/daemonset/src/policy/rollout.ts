import { annotation } from './annotation.ts'
import { flag } from './values.ts'

/** What can be asked of rolling updates. */
export const rolloutAnnotations = {
  paused: annotation({
    name: 'paused',
    form: flag,
    absent: false,
    example: 'true',
    meaning:
      'No pod of an older template is replaced. A pod that has to be created meanwhile (a node joins, a pod fails) is made from the newest template that pods still have. `false`, or removing it, resumes.',
    nonsense: 'holdsRollout',
  }),
} as const
