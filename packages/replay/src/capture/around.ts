import { type DecisionPoint, type EventSubject, observedSubject } from '@rollcall/contracts'
import { ReplayError } from '../errors.ts'
import { type OnProgress, report } from '../fold.ts'
import type { LedgerSource, Moment } from '../source.ts'

/** What a capture is taken around. `namespace` null: the only one in which the record speaks of that name. */
export type Subject = Pick<EventSubject, 'name'> & {
  readonly kind: 'Node' | 'Pod' | 'DaemonSet'
  readonly namespace: string | null
}

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
  const namespaces = new Set<string>()
  const { entries } = await source.fromStart()
  for await (const entry of entries) {
    report(onProgress, source, entry)
    const about =
      entry.kind === 'event' ? spokenOf(observedSubject(entry.event), subject) : decidedOn(entry.point, subject)
    if (about.length === 0) continue
    for (const namespace of about) namespaces.add(namespace)
    const at = entry.kind === 'event' ? entry.event.at : entry.point.at
    first = Math.min(first ?? at, at)
    last = Math.max(last, at)
  }
  if (first === null) throw new ReplayError('not-found', `${source.name} never speaks of ${wordsOf(subject)}`)
  if (namespaces.size > 1) {
    const found = [...namespaces].sort().join(', ')
    throw new ReplayError('not-found', `${source.name} speaks of ${wordsOf(subject)} in several namespaces: ${found}`)
  }
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
  `${words[kind]} ${namespace === '' || namespace === null ? '' : `${namespace}/`}${name}`

/** The namespace of the subject when this is it. */
const spokenOf = (one: EventSubject | null, subject: Subject): string[] =>
  one !== null && one.kind === subject.kind && isNamed(one, subject) ? [one.namespace] : []

function decidedOn({ decisions, commands }: DecisionPoint, subject: Subject): string[] {
  switch (subject.kind) {
    case 'Node':
      return decisions.some(({ node }) => node === subject.name) ? [''] : []
    case 'DaemonSet':
      return decisions.flatMap(({ daemonSet }) => (isNamed(daemonSet, subject) ? [daemonSet.namespace] : []))
    case 'Pod':
      return commands.flatMap(command => {
        const { namespace } = command.daemonSet
        const name = command.type === 'CreatePod' ? command.podName : 'pod' in command ? command.pod.name : null
        return name !== null && isNamed({ namespace, name }, subject) ? [namespace] : []
      })
  }
}

const isNamed = (one: { namespace: string; name: string }, { namespace, name }: Subject): boolean =>
  one.name === name && (namespace === null || one.namespace === namespace)
