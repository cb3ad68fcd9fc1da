import { localClock } from '../output/duration.ts'
import { counted, type Judged, nameOf, numberFact, type SentenceMakers, textFact, textsFact } from './judged.ts'

/** What annotations make of a rollout (packages/daemonset/src/decide/rollout-gate.ts, auto-pause.ts; docs/annotations.md). */
export const rolloutPolicy: SentenceMakers = {
  'rollout-paused': judged =>
    `the rollout of ${nameOf(judged)} is paused (rollcall.dev/paused), so ${keepsOld(judged)}`,

  'rollout-annotation-unreadable': judged => {
    const names = textsFact(judged.reason, 'annotations')
    const which = names.length === 0 ? 'an annotation' : `annotation${names.length > 1 ? 's' : ''} ${names.join(', ')}`
    return `${which} of ${nameOf(judged)} cannot be followed and may limit the rollout, so ${keepsOld(judged)} until that is mended`
  },

  'rollout-paused-itself': judged =>
    `the rollout of ${nameOf(judged)} had paused itself because of ${troubled(judged)}, so ${keepsOld(judged)} until the template changes or rollcall.dev/resume names the revision`,

  'rollout-pauses-itself': judged => {
    const { reason } = judged
    const trouble = textFact(reason, 'trouble')
    const hash = textFact(reason, 'hash')
    return (
      `${troubled(judged)} of the present template${trouble ? ` had trouble (${trouble})` : ' had trouble'}, so the rollout of ${nameOf(judged)} paused itself` +
      `${hash ? `; rollcall.dev/resume=${hash} lets it go on` : ''}`
    )
  },

  'rollout-goes-back': judged => {
    const to = textFact(judged.reason, 'to')
    const from = textFact(judged.reason, 'revision')
    return `the rollout of ${nameOf(judged)} had paused itself and rollcall.dev/auto-rollback is set, so ${from ? `revision ${from}` : 'the revision'} is taken back${to ? ` to ${to}` : ''}`
  },

  'rollout-node-lost': judged =>
    `${nodesOf(judged)} had been healthy and was lost within minutes after its pod of ${nameOf(judged)} was replaced, so the rollout stands still until it is Ready again or gone${orResumed(judged)}`,

  'rollout-on-delete': judged =>
    `the update strategy of ${nameOf(judged)} is OnDelete, so ${keepsOld(judged)} until somebody deletes ${numberFact(judged.reason, 'waiting') === 1 ? 'it' : 'them'}`,

  'rollout-goes-on': judged => `nothing holds the rollout of ${nameOf(judged)} any more`,

  'rollout-canary-nodes': judged =>
    `the rollout of ${nameOf(judged)} is kept to the nodes of rollcall.dev/canary-nodes, and they are done, so ${keepsOld(judged)}`,

  'rollout-nodes-stopped': judged =>
    `the rollout of ${nameOf(judged)} is done but for nodes that are being stopped on purpose (${textsFact(judged.reason, 'nodes').join(', ')}; rollcall.dev/hold-creation-on), so ${keepsOld(judged)} until they are back`,

  'rollout-canary-size': judged =>
    `${counted(numberFact(judged.reason, 'limit'), 'node')} at most may have the present template of ${nameOf(judged)} (rollcall.dev/canary, rollcall.dev/partition) and ${numberFact(judged.reason, 'updated') ?? 'as many'} have it or are on the way, so ${keepsOld(judged)}`,

  'rollout-interval': judged =>
    `a pod of ${nameOf(judged)} was replaced less than rollcall.dev/replacement-interval before, so the next one is replaced ${until(judged)}`,

  'rollout-group-settling': judged =>
    `not every node of group ${quoted(judged, 'group')} has an available pod of the present template of ${nameOf(judged)}, so group ${quoted(judged, 'next')} waits for it`,

  'rollout-batch-settling': judged =>
    `the batch of the rollout of ${nameOf(judged)} is full, and ${counted(numberFact(judged.reason, 'unsettled'), 'node')} of it not done, so the next one waits for it`,

  'rollout-soaking': judged =>
    `a batch of the rollout of ${nameOf(judged)} is done, and rollcall.dev/rollout-soak lets the next one begin ${until(judged)}`,
}

function orResumed({ reason }: Judged): string {
  const hash = textFact(reason, 'hash')
  return hash === null ? '' : `, or rollcall.dev/resume=${hash} lets it go on`
}

function keepsOld({ reason }: Judged): string {
  const waiting = numberFact(reason, 'waiting')
  return waiting === null
    ? 'older pods stay'
    : `${counted(waiting, 'pod of an older template', 'pods of older templates')} ${waiting === 1 ? 'stays' : 'stay'}`
}

function nodesOf({ reason }: Judged): string {
  const names = textsFact(reason, 'nodes')
  const count = numberFact(reason, 'count') ?? names.length
  if (names.length === 0) return 'a node'
  const more = count - names.length
  return `node ${names.join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}

const troubled = (judged: Judged): string => `the pod on ${nodesOf(judged)}`

function until({ reason }: Judged): string {
  const at = numberFact(reason, 'until')
  return at === null || at === 0 ? 'later' : `at ${localClock(at)}`
}

const quoted = ({ reason }: Judged, name: string): string => `"${textFact(reason, name) ?? ''}"`
