import {
  consequence,
  counted,
  type Judged,
  nameOf,
  nodeOf,
  numberFact,
  type SentenceMakers,
  textFact,
} from './judged.ts'

/** Rolling updates (packages/daemonset/src/decide/rollout.ts, spec §4). */
export const rollout: SentenceMakers = {
  'rollout-budget-unreadable': judged =>
    `maxUnavailable or maxSurge of ${nameOf(judged)} is a text that is no percentage, so none of its pods is replaced until it is mended`,

  'rollout-replace': judged => {
    const { reason } = judged
    const budget = `of ${counted(numberFact(reason, 'desired'), 'pod')}, ${numberFact(reason, 'maxUnavailable') ?? '?'} may be unavailable (maxUnavailable) and ${numberFact(reason, 'unavailable') ?? '?'} were`
    return `the pod on ${nodeOf(judged)} was of an older template than ${target(judged)}, and ${budget}, ${consequence(judged, 'it')} to be replaced`
  },

  'rollout-replace-unavailable': judged =>
    `the pod on ${nodeOf(judged)} was of an older template than ${target(judged)} and not available anyway, ${consequence(judged, 'it')} to be replaced`,

  'surge-replace': judged =>
    `the pod on ${nodeOf(judged)} is of an older template than ${target(judged)}, and ${surgeBudget(judged)}, ${newBeside(judged)}`,

  'surge-replace-unavailable': judged =>
    `the pod on ${nodeOf(judged)} is of an older template than ${target(judged)} and not available anyway, ${newBeside(judged)}`,

  'surge-replace-inactive': judged =>
    `no pod of ${nameOf(judged)} on ${nodeOf(judged)} was alive any more, ${consequence(judged)}`,

  'surge-finish': judged =>
    `the new pod on ${nodeOf(judged)} is available, ${consequence(judged, 'the old one beside it')}`,

  'surge-leave-node': judged =>
    `${nameOf(judged)} should not start on ${nodeOf(judged)} any more, and its old pod there was not available, ${consequence(judged, 'it')}`,

  'surge-sunset': judged => {
    const { reason } = judged
    return (
      `${nameOf(judged)} should not start on ${nodeOf(judged)} any more, and ${numberFact(reason, 'available') ?? '?'} pods are available where ` +
      `${numberFact(reason, 'desired') ?? '?'} are wanted, ${consequence(judged, 'the old pod there')}`
    )
  },
}

function target({ reason }: Judged): string {
  return textFact(reason, 'revision') ?? 'the present one'
}

function surgeBudget({ reason }: Judged): string {
  return `of ${counted(numberFact(reason, 'desired'), 'pod')}, ${numberFact(reason, 'maxSurge') ?? '?'} may have a new one beside it (maxSurge) and ${numberFact(reason, 'surge') ?? '?'} had`
}

function newBeside(judged: Judged): string {
  return judged.action === 'create' && judged.observed !== true
    ? 'so a new one was created beside it'
    : consequence(judged)
}
