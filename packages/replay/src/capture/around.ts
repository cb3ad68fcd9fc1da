import { type DecisionPoint, type EventSubject, observedSubject } from '@rollcall/contracts'
import { ReplayError } from '../errors.ts'
import { type OnProgress, report } from '../fold.ts'
import type { LedgerSource, Moment } from '../source.ts'

/** What a capture is taken around. */
export type Subject = EventSubject & { readonly kind: 'Node' | 'Pod' | 'DaemonSet' }

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
    const isAbout =
      entry.kind === 'event' ? isSubject(observedSubject(entry.event), subject) : pointIsAbout(entry.point, subject)
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

const words = { Node: 'node', Pod: 'pod', DaemonSet: 'DaemonSet' } as const

const wordsOf = ({ kind, namespace, name }: Subject): string =>
  `${words[kind]} ${namespace === '' ? '' : `${namespace}/`}${name}`

const isSubject = (one: EventSubject | null, { kind, ...subject }: Subject): boolean =>
  one?.kind === kind && isNamed(one, subject)

function pointIsAbout({ decisions, commands }: DecisionPoint, subject: Subject): boolean {
  switch (subject.kind) {
    case 'Node':
      return decisions.some(({ node }) => node === subject.name)
    case 'DaemonSet':
      return decisions.some(({ daemonSet }) => isNamed(daemonSet, subject))
    case 'Pod':
      return commands.some(command => {
        if (command.daemonSet.namespace !== subject.namespace) return false
        if (command.type === 'CreatePod') return command.podName === subject.name
        return 'pod' in command && command.pod.name === subject.name
      })
  }
}

const isNamed = (one: { namespace: string; name: string }, { namespace, name }: { namespace: string; name: string }) =>
  one.namespace === namespace && one.name === name
