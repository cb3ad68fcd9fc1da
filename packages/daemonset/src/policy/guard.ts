import { annotation } from './annotation.ts'
import type { Form } from './values.ts'

/** The share of a DaemonSet's pods, from 0 to 1, or that nothing is held. */
type GuardAsked = number | 'off'

const guardForm: Form<GuardAsked> = {
  words: '`off`, or a percentage of its pods such as `40%`',
  read: text => {
    if (text === 'off') return 'off'
    return /^(?:100|[0-9]{1,2})%$/.test(text) ? Number.parseInt(text, 10) / 100 : undefined
  },
}

/** What can be asked of the guard. */
export const guardAnnotations = {
  guard: annotation<GuardAsked | null>({
    name: 'guard',
    form: guardForm as Form<GuardAsked | null>,
    absent: null,
    example: '40%',
    meaning:
      'Of how many pods the deletion is held when their nodes stop to suit at once (a label wiped from a pool, a selector with a typo): more than this share of the DaemonSet’s pods, and more than the cluster’s `--guard-pods-min`. Without this, the cluster’s `--guard-share` holds. `off`: nothing of this DaemonSet is ever held.',
    nonsense: 'asAbsent',
  }),
} as const
