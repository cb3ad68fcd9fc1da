import { annotation } from './annotation.ts'
import { flag } from './values.ts'

/** What can be asked of the status. */
export const statusAnnotations = {
  conditions: annotation<boolean | null>({
    name: 'conditions',
    form: flag,
    absent: null,
    example: 'true',
    meaning:
      'The conditions `Progressing`, `Available`, `Degraded` and `AnnotationsAccepted` in the status. A DaemonSet that asks for anything under `rollcall.dev/` has them anyway; `false` leaves them out.',
    nonsense: 'asAbsent',
  }),
} as const
