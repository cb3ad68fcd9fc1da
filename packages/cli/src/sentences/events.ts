import type { CommandResult, CommandType } from '@rollcall/contracts'
import type { Attribution, EventSummary, LedgerEvent, Subject } from '@rollcall/contracts/api'
import { changeWords } from './changes.ts'
import { outcomeWords } from './commands.ts'

/** What an event was, in one clause without a full stop: `node n17 was cordoned, by kubectl-cordon`. */
export function eventWords(event: EventSummary | LedgerEvent): string {
  const body = 'event' in event ? (event.event as Record<string, unknown>) : {}
  switch (event.type) {
    case 'NodeObserved':
    case 'PodObserved':
    case 'DaemonSetObserved':
    case 'RevisionObserved':
      return `${objectOf(event.subject)} ${observed(event, body)}${byWhom(event)}`
    case 'NodeGone':
    case 'PodGone':
    case 'DaemonSetGone':
    case 'RevisionGone':
      return `${objectOf(event.subject)} is gone${byWhom(event)}`
    case 'ChangeAttributed':
      return `${attributedBody(body)} asked for a change of ${objectOf(event.subject)}`
    case 'ClusterIdentified':
      return `the cluster answered${text(body.serverVersion, ' as Kubernetes ')}${modeWords(body.mode)}`
    case 'RelistStarted':
      return `a list of ${kinds(body.kind)} began`
    case 'RelistListed':
      return Array.isArray(body.objects)
        ? `a list of ${kinds(body.kind)} named ${body.objects.length}`
        : `a list of ${kinds(body.kind)} went on`
    case 'RelistCompleted':
      return `a list of ${kinds(body.kind)} was complete`
    case 'WatchProgressed':
      return `the watch of ${kinds(body.kind)} went on`
    case 'CommandSettled':
      return settledWords(event, body)
    case 'CommandDelayed':
      return `a command is still being tried${text(body.message, ': ')}`
    case 'ModeRequested':
      return `${whoAsked(body)} asked for the mode${text(body.mode, ' ') || ' to change'}`
    case 'HoldApproved':
      return `${whoAsked(body)} approved the deletions held as${text(body.hold, ' ') || ' before'}`
    case 'HoldRejected':
      return `${whoAsked(body)} rejected the deletions held as${text(body.hold, ' ') || ' before'}`
    case 'Ticked':
      return 'a time came that had been waited for'
  }
}

function whoAsked({ askedBy }: Record<string, unknown>): string {
  const user = typeof askedBy === 'object' && askedBy !== null && 'user' in askedBy ? askedBy.user : null
  return typeof user === 'string' && user !== '' ? user : 'somebody'
}

const text = (value: unknown, before: string): string =>
  typeof value === 'string' && value !== '' ? before + value : ''

const kindWords = { Node: 'node', Pod: 'pod', DaemonSet: 'DaemonSet', ControllerRevision: 'revision' } as const
const kindPlurals: { readonly [kind: string]: string } = {
  Node: 'nodes',
  Pod: 'pods',
  DaemonSet: 'DaemonSets',
  ControllerRevision: 'revisions',
}
const kinds = (kind: unknown): string => (typeof kind === 'string' ? (kindPlurals[kind] ?? kind) : 'objects')

/** `node n17`, `pod logging/fluentd-x`. */
export function objectOf(subject: Subject | null): string {
  if (subject === null) return 'something'
  const { kind, namespace, name } = subject
  return `${kindWords[kind]} ${namespace === '' ? name : `${namespace}/${name}`}`
}

function observed({ subject, changes }: EventSummary, body: Record<string, unknown>): string {
  if (changes === null || subject === null) return `was seen${standing(body)}`
  const words = changeWords(subject.kind, changes)
  return words.length === 0 ? 'reported its state anew' : joined(words)
}

/** Beginnings that need not be said twice. */
const beginnings = /^(is |has the condition |has |counts |(?:got|lost) the (?:label|taint) )/

/** `is Running and ready`, `lost the taint a and b`, `lost the label a=b, got the taint c and is not ready` */
function joined(words: readonly string[]): string {
  const told = words.map((word, index) => {
    const beginning = beginnings.exec(word)?.[1]
    const isSaid = beginning !== undefined && words[index - 1]?.startsWith(beginning)
    return isSaid ? word.slice(beginning.length) : word
  })
  return told.length < 2 ? told.join('') : `${told.slice(0, -1).join(', ')} and ${told.at(-1)}`
}

/** How a pod or node stood when it was seen for the first time. */
function standing({ pod, node }: Record<string, unknown>): string {
  if (typeof pod === 'object' && pod !== null) {
    const { nodeName, phase, ready } = pod as Record<string, unknown>
    return `${text(nodeName, ' on node ')} (${text(phase, '') || 'no phase yet'}${ready === true ? ', ready' : ''})`
  }
  if (typeof node === 'object' && node !== null) {
    const { conditions } = node as { conditions?: readonly { type: string; status: string }[] }
    const isReady = conditions?.find(({ type }) => type === 'Ready')?.status === 'True'
    return isReady ? ' (ready)' : ' (not ready)'
  }
  return ''
}

/** The controllers of the cluster itself need no mention. */
const unmentioned =
  /^(kubelet|kube-controller-manager|kube-scheduler|rollcall.*|system:(node:.*|kube-scheduler|kube-controller-manager)|)$/

function byWhom({ by, changes, attributed }: EventSummary): string {
  if (attributed !== null && !unmentioned.test(attributed.user)) return `, by ${attributionWords(attributed)}`
  return by === null || changes === null || unmentioned.test(by.manager) ? '' : `, by ${by.manager}`
}

/** `alice (kubectl/v1.37.0, from 10.0.0.7)` */
export function attributionWords({ user, impersonatedBy, userAgent, sourceIps, match }: Attribution): string {
  const [program = ''] = userAgent.split(' ')
  const from = sourceIps.length === 0 ? '' : `from ${sourceIps.join(' via ')}`
  const details = [program, from, ...(match === 'probable' ? ['probably'] : [])].filter(part => part !== '')
  const as = impersonatedBy === null ? user : `${impersonatedBy} acting as ${user}`
  return details.length === 0 ? as : `${as} (${details.join(', ')})`
}

function attributedBody(body: Record<string, unknown>): string {
  const { user, userAgent, sourceIps } = body as {
    user?: { name: string; impersonatedBy: string | null }
    userAgent?: string
    sourceIps?: string[]
  }
  if (user === undefined) return 'somebody'
  const told = { groups: [], verb: '', requestedAt: '', match: 'exact' as const }
  return attributionWords({
    ...told,
    user: user.name,
    impersonatedBy: user.impersonatedBy,
    userAgent: userAgent ?? '',
    sourceIps: sourceIps ?? [],
  })
}

const modeWords = (mode: unknown): string =>
  mode === 'observe' ? '; Rollcall only observes it' : mode === 'control' ? '; Rollcall acts in it' : ''

function settledWords(event: EventSummary | LedgerEvent, body: Record<string, unknown>): string {
  const { commandType, result, object, answer } = body as {
    commandType?: CommandType
    result?: CommandResult
    object?: { name: string } | null
    answer?: { code: number; reason: string; message: string } | null
  }
  if (commandType === undefined || result === undefined) return 'the outcome of a command came'
  const name = object?.name ?? event.subject?.name ?? ''
  return outcomeWords({ type: commandType, object: name, node: '', result, answer: answer ?? null })
}
