import { eligibility } from './eligibility.ts'
import { counted, type Judged, nameOf, nodeOf, numberFact, type SentenceMakers, textFact } from './judged.ts'

/** The guard (packages/daemonset/src/guard). */
export const guard: SentenceMakers = {
  'guard-quiet': judged =>
    `${becauseOf(judged)}: its pod goes in a few seconds, unless the same befalls many more nodes meanwhile`,

  'guard-held': judged => {
    const hold = textFact(judged.reason, 'hold') ?? '?'
    if (judged.node !== null) {
      return `${becauseOf(judged)}: the same befell many nodes at once, which may be a mistake, and its deletion is held until somebody says so (rollcall approve ${hold}, or rollcall reject ${hold})`
    }
    const { reason } = judged
    return (
      `the deletion of ${counted(numberFact(reason, 'pods'), 'pod')} of ${nameOf(judged)} is held as ${hold}: within minutes, ` +
      `${numberFact(reason, 'lost') ?? '?'} of ${numberFact(reason, 'total') ?? '?'} pods lost the nodes that suited them`
    )
  },

  'guard-approved': judged => `${whoOf(judged)} approved hold ${holdOf(judged)}, so what it held was deleted`,

  'guard-rejected': judged => {
    const until = numberFact(judged.reason, 'until')
    const how = until === null ? 'for as long as the cause lasts' : `until ${new Date(until).toISOString()}`
    return `${whoOf(judged)} rejected hold ${holdOf(judged)}, so its pods stay ${how}`
  },

  'guard-reopened': judged => `the time for which hold ${holdOf(judged)} was rejected is over, so it is asked again`,

  'guard-dissolved': judged => `nothing is left that hold ${holdOf(judged)} would keep: its cause is undone`,
}

const holdOf = ({ reason }: Judged): string => textFact(reason, 'hold') ?? '?'

function whoOf({ reason }: Judged): string {
  const { by } = reason.facts
  const user = typeof by === 'object' && by !== null && !Array.isArray(by) ? by.user : null
  return typeof user === 'string' ? user : 'somebody'
}

/** Why the node does not suit any more, in the words of that rule, without what would follow from it. */
function becauseOf(judged: Judged): string {
  const { because } = judged.reason.facts
  if (typeof because === 'object' && because !== null && !Array.isArray(because)) {
    const { rule, facts } = because
    const maker = typeof rule === 'string' && Object.hasOwn(eligibility, rule) ? eligibility[rule] : undefined
    if (maker && typeof rule === 'string' && typeof facts === 'object' && facts !== null && !Array.isArray(facts)) {
      return maker({ ...judged, action: 'wait', reason: { rule, source: judged.reason.source, facts } })
    }
  }
  return `${nodeOf(judged)} does not suit ${nameOf(judged)} any more`
}
