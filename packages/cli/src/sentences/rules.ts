import { eligibility } from './eligibility.ts'
import { guard } from './guard.ts'
import { type Judged, nameOf, nodeOf, type SentenceMakers } from './judged.ts'
import { placement } from './placement.ts'
import { rollout } from './rollout.ts'
import { rolloutPolicy } from './rollout-policy.ts'
import { whole } from './whole.ts'

/** Every rule the core can give as its reason. A test holds it against the core's source. */
export const ruleSentences: SentenceMakers = {
  ...eligibility,
  ...placement,
  ...rollout,
  ...rolloutPolicy,
  ...guard,
  ...whole,
}

/** Why something was decided, as one whole sentence. A rule of a newer Rollcall is shown as it is. */
export function sentenceOf(judged: Judged): string {
  const { rule, source, facts } = judged.reason
  const maker = Object.hasOwn(ruleSentences, rule) ? ruleSentences[rule] : undefined
  const said = maker
    ? maker(judged)
    : `${nameOf(judged)} on ${nodeOf(judged)}: rule ${rule} (${source}) of a newer Rollcall, with ${JSON.stringify(facts)}`
  return `${said.slice(0, 1).toUpperCase()}${said.slice(1)}.`
}
