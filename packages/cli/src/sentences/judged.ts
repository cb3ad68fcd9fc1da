import type { Decision, Json, Reason } from '@rollcall/contracts'

/** What a sentence is made from: a recorded decision, or a verdict of now that nobody has acted on. */
export type Judged = Pick<Decision, 'node' | 'action' | 'reason'> & {
  readonly daemonSet: { readonly namespace: string; readonly name: string }
  /** true: Rollcall only observes the cluster, so it says what it would have done. */
  readonly observed?: boolean
}

/** One rule, said in plain words with the facts it looked at: one sentence, no full stop. */
export type SentenceMaker = (judged: Judged) => string
export type SentenceMakers = { readonly [rule: string]: SentenceMaker }

/** What follows from the rule, as the second half of a sentence. */
export function consequence({ action, observed, reason }: Judged, subject = 'its pod'): string {
  const would = observed === true
  switch (action) {
    case 'create':
      return would
        ? 'so Rollcall would create one (it only observes this cluster)'
        : `so one was created${fromOlder(reason)}`
    case 'delete':
      return would ? `so Rollcall would delete ${subject} (it only observes this cluster)` : `so ${subject} was deleted`
    case 'keep':
      return `so ${subject} stays`
    case 'wait':
      return 'so nothing is done for now'
    case 'none':
      return 'so no pod is created there'
    case 'other':
      return 'so nothing changes on a node'
  }
}

/** Where the present template does not spread, what the pod was made from instead, and why. */
function fromOlder(reason: Reason): string {
  const older = textFact(reason, 'olderRevision')
  if (older === null) return ''
  const because = textFact(reason, 'olderBecause') ?? ''
  const why = Object.hasOwn(keptBack, because) ? keptBack[because] : 'the present template is not to spread to it'
  return ` from the older revision ${older}, because ${why}`
}

/** By the rule that holds the rollout. */
const keptBack: { readonly [rule: string]: string } = {
  'rollout-paused': 'the rollout is paused (rollcall.dev/paused)',
  'rollout-annotation-unreadable': 'an annotation that may limit the rollout cannot be followed',
  'rollout-paused-itself': 'the rollout had paused itself',
  'rollout-canary-nodes': 'the node is none of rollcall.dev/canary-nodes',
  'rollout-canary-size': 'others are the canary (rollcall.dev/canary, rollcall.dev/partition)',
}

export const nameOf = ({ daemonSet }: Judged): string => `DaemonSet ${daemonSet.namespace}/${daemonSet.name}`
export const nodeOf = ({ node }: Judged): string => (node === null ? 'its node' : `node ${node}`)

/** Facts are read with care: a record of another version may lack one. */
export function textFact({ facts }: Reason, name: string): string | null {
  const value = facts[name]
  return typeof value === 'string' ? value : null
}

export function textsFact({ facts }: Reason, name: string): readonly string[] {
  const value = facts[name]
  return Array.isArray(value) ? value.filter(each => typeof each === 'string') : []
}

export function numberFact({ facts }: Reason, name: string): number | null {
  const value = facts[name]
  return typeof value === 'number' ? value : null
}

export function objectFact({ facts }: Reason, name: string): { readonly [key: string]: Json } | null {
  const value = facts[name]
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as { readonly [key: string]: Json })
    : null
}

/** `1 pod`, `2 pods`. */
export const counted = (count: number | null, one: string, many = `${one}s`): string =>
  count === null ? `some ${many}` : `${count} ${count === 1 ? one : many}`
