import { localClock, shortDuration } from '../output/duration.ts'
import { consequence, counted, nameOf, nodeOf, numberFact, type SentenceMakers, textFact, textsFact } from './judged.ts'

/** One slot: a DaemonSet on a node (packages/daemonset/src/decide/placement.ts, spec §3.3). */
export const placement: SentenceMakers = {
  'creation-refused-lately': judged => {
    const refusals = numberFact(judged.reason, 'refusals')
    const until = numberFact(judged.reason, 'until')
    const times = refusals === null || refusals < 2 ? 'shortly before' : `${refusals} times in a row`
    const next = until === null || until === 0 ? 'later' : `at ${localClock(until)}`
    return `the cluster refused pods of ${nameOf(judged)} ${times}, so that on ${nodeOf(judged)} waits; one is tried again ${next}, and the waits grow up to 5 min`
  },

  'creation-rate': judged => {
    const count = numberFact(judged.reason, 'count')
    const perMs = numberFact(judged.reason, 'perMs')
    const rate =
      count === null || perMs === null
        ? 'so many pods in a time'
        : `${counted(count, 'pod')} in ${shortDuration(perMs)}`
    const turn = `and that of ${nameOf(judged)} on ${nodeOf(judged)} waits for its turn`
    return textFact(judged.reason, 'of') === 'cluster'
      ? `${rate} ${count === 1 ? 'is' : 'are'} created in this cluster at most, of all DaemonSets together (the watcher's --creation-rate), ${turn}`
      : `${nameOf(judged)} creates ${rate} at most (rollcall.dev/creation-rate), and that on ${nodeOf(judged)} waits for its turn`
  },

  'node-being-stopped': judged => {
    const sign = textFact(judged.reason, 'sign')
    const stopped = `${nodeOf(judged)} is being stopped on purpose${sign ? ` (${sign})` : ''}`
    return `${stopped}, and ${nameOf(judged)} asks to create no pod there meanwhile (rollcall.dev/hold-creation-on), ${consequence(judged)}`
  },

  'old-pod-on-stopped-node': judged => {
    const sign = textFact(judged.reason, 'sign')
    return `its pod is of an older template, but ${nodeOf(judged)} is being stopped on purpose${sign ? ` (${sign})` : ''}, and a new one could not be created there meanwhile (rollcall.dev/hold-creation-on), ${consequence(judged)}`
  },

  'node-flaps': judged => {
    const { reason } = judged
    const until = numberFact(reason, 'until')
    const flips = numberFact(reason, 'flips') ?? 1
    const times = flips > 1 ? ` (it has changed ${flips} times in a row)` : ''
    const lasts = `only if that lasts until ${until === null ? 'some time later' : localClock(until)} (rollcall.dev/debounce)`
    return reason.facts.fits === true
      ? `${nodeOf(judged)} fits ${nameOf(judged)} again${times}, and gets its pod ${lasts}`
      : `${nodeOf(judged)} does not fit ${nameOf(judged)} any more${times}, and its pod is removed ${lasts}`
  },

  'predecessor-on-node': judged => {
    const pod = textFact(judged.reason, 'pod') ?? 'an earlier pod'
    const whose =
      judged.reason.facts.isOwn === true ? '' : `, which an earlier DaemonSet left behind on ${nodeOf(judged)},`
    return `${nameOf(judged)} waits until ${pod}${whose} has ended before it creates another there (rollcall.dev/wait-for-predecessor)`
  },

  'eviction-refused': judged => {
    const { reason } = judged
    const pod = textFact(reason, 'pod') ? `pod ${textFact(reason, 'pod')}` : 'the pod'
    const until = numberFact(reason, 'until')
    const again = `it is asked again ${until === null ? 'later' : `at ${localClock(until)}`}`
    const refusals = counted(numberFact(reason, 'refusals'), 'refusal')
    return reason.facts.isMine === false
      ? `${pod} on ${nodeOf(judged)} should go, but evictions of ${nameOf(judged)} wait after ${refusals} of its PodDisruptionBudget; ${again}`
      : `the cluster refuses to evict ${pod} on ${nodeOf(judged)} (${refusals}; a PodDisruptionBudget does so), so it stays; ${again}`
  },

  'override-outdated': judged => {
    const { reason } = judged
    const pod = textFact(reason, 'pod') ? `pod ${textFact(reason, 'pod')}` : 'the pod'
    const has = textFact(reason, 'has') ?? 'of its template'
    const wants = textFact(reason, 'wants') ?? 'of the template'
    return `${pod} on ${nodeOf(judged)} was created with the resources ${has}, and a new one would get those ${wants} (rollcall.dev/resource-overrides); it is up to date all the same, ${consequence(judged, 'it')}`
  },

  'startup-taint-removed': judged => {
    const daemons = textsFact(judged.reason, 'daemons')
    const all = daemons.length === 0 ? 'all its daemons' : `all its daemons (${daemons.join(', ')})`
    return `${nodeOf(judged)} had ${all} available, so its startup taint ${textFact(judged.reason, 'taint') ?? ''} was taken away (rollcall.dev/startup-taint)`
  },

  'node-gone': judged => {
    const gone = `${nodeOf(judged)} does not exist any more`
    return judged.action === 'delete'
      ? `${gone}, and the pod was never bound to it and cannot be, ${consequence(judged)}`
      : `${gone}; the cluster's own pod garbage collection removes what was bound to it`
  },

  'pod-succeeded': judged =>
    `a pod of ${nameOf(judged)} on ${nodeOf(judged)} had ended with success, which a daemon's pod should not, ${consequence(judged, 'it')} to be replaced`,

  'pod-failed': judged => {
    const { reason } = judged
    const status = textFact(reason, 'status')
    const backoffMs = numberFact(reason, 'backoffMs')
    const next = backoffMs === null ? '' : ` (if the next one fails too, it is kept for ${shortDuration(backoffMs)})`
    const failed = `${textFact(reason, 'pod') ? `pod ${textFact(reason, 'pod')}` : 'the pod'} on ${nodeOf(judged)} had failed${status ? ` (${status})` : ''}`
    return `${failed}, ${consequence(judged, 'it')} to be replaced${next}`
  },

  'failed-pod-backoff': judged => {
    const backoffMs = numberFact(judged.reason, 'backoffMs')
    const wait = backoffMs === null ? 'for a while' : `for ${shortDuration(backoffMs)} since the last one`
    const pod = textFact(judged.reason, 'pod') ? `pod ${textFact(judged.reason, 'pod')}` : 'the pod'
    return `${pod} on ${nodeOf(judged)} has failed, as one did shortly before, so it is replaced only later: back-off holds it ${wait}`
  },

  duplicate: judged => {
    const kept = textFact(judged.reason, 'kept')
    return `${nodeOf(judged)} had more than one pod of ${nameOf(judged)}${kept ? `, and ${kept} is the one to keep` : ''}, ${consequence(judged, 'the other')}`
  },
}
