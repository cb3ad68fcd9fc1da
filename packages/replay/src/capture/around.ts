import type { DecisionPoint, Event } from '@rollcall/contracts'
import { ReplayError } from '../errors.ts'
import { type Moment, type OnProgress, report } from '../fold.ts'
import type { LedgerSource } from '../source.ts'

/** What a capture is taken around. */
export type Subject =
  | { readonly kind: 'node'; readonly name: string }
  | { readonly kind: 'pod' | 'daemonSet'; readonly namespace: string; readonly name: string }

/**
 * The window from `windowMs` before a subject was first spoken of (by an event or a decision) to `windowMs` after the last time.
 * @throws ReplayError when the record never speaks of it
 */
export async function windowAround(
  source: LedgerSource,
  subject: Subject,
  windowMs: number,
  onProgress?: OnProgress,
): Promise<{ readonly from: Moment; readonly to: Moment }> {
  let first: number | null = null
  let last = 0
  const { entries } = await source.fromStart()
  for await (const entry of entries) {
    report(onProgress, source, entry)
    const isAbout = entry.kind === 'event' ? eventIsAbout(entry.event, subject) : pointIsAbout(entry.point, subject)
    if (!isAbout) continue
    const at = entry.kind === 'event' ? entry.event.at : entry.point.at
    first = Math.min(first ?? at, at)
    last = Math.max(last, at)
  }
  if (first === null) throw new ReplayError('not-found', `${source.name} never speaks of ${wordsOf(subject)}`)
  return { from: await atLeastStart(source, first - windowMs), to: { time: last + windowMs } }
}

/** A window that would begin before the record begins with it. */
async function atLeastStart(source: LedgerSource, time: number): Promise<Moment> {
  const { snapshot, entries } = await source.fromStart()
  for await (const entry of entries) {
    if (entry.kind === 'event' && entry.event.at <= time) return { time }
    break
  }
  return { position: snapshot?.position ?? 0 }
}

const wordsOf = (subject: Subject): string =>
  subject.kind === 'node'
    ? `node ${subject.name}`
    : `${subject.kind === 'pod' ? 'pod' : 'DaemonSet'} ${subject.namespace}/${subject.name}`

function eventIsAbout(event: Event, subject: Subject): boolean {
  switch (event.type) {
    case 'NodeObserved':
      return subject.kind === 'node' && event.node.name === subject.name
    case 'NodeGone':
      return subject.kind === 'node' && event.name === subject.name
    case 'PodObserved':
      return subject.kind === 'pod' && isNamed(event.pod, subject)
    case 'PodGone':
      return subject.kind === 'pod' && isNamed(event, subject)
    case 'DaemonSetObserved':
      return subject.kind === 'daemonSet' && isNamed(event.daemonSet, subject)
    case 'DaemonSetGone':
      return subject.kind === 'daemonSet' && isNamed(event, subject)
    default:
      return false
  }
}

function pointIsAbout({ decisions, commands }: DecisionPoint, subject: Subject): boolean {
  switch (subject.kind) {
    case 'node':
      return decisions.some(({ node }) => node === subject.name)
    case 'daemonSet':
      return decisions.some(({ daemonSet }) => isNamed(daemonSet, subject))
    case 'pod':
      return commands.some(command => {
        if (command.daemonSet.namespace !== subject.namespace) return false
        if (command.type === 'CreatePod') return command.podName === subject.name
        return 'pod' in command && command.pod.name === subject.name
      })
  }
}

const isNamed = (one: { namespace: string; name: string }, { namespace, name }: { namespace: string; name: string }) =>
  one.namespace === namespace && one.name === name
