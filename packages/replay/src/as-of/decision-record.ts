import { type Command, type Decision, type DecisionPoint, type Event, observedSubject } from '@rollcall/contracts'
import { type CommandRecord, causesMax, type DecisionRecord, type EventSummary } from '@rollcall/contracts/api'
import type { ClusterState } from '@rollcall/daemonset'
import { eventSummary } from '../event-summary.ts'
import type { LedgerEntry, LedgerSource } from '../source.ts'

/** A recorded decision as it stood at the moment of the state: with its causes, and what had become of its commands by then. */
export async function decisionRecord(
  source: LedgerSource,
  state: ClusterState,
  point: DecisionPoint,
  decision: Decision,
): Promise<DecisionRecord> {
  const causes: EventSummary[] = []
  for (const position of decision.causes.slice(-causesMax)) {
    const event = await eventAt(source, position)
    if (event) causes.push(eventSummary(position, event))
  }
  const commands: CommandRecord[] = []
  for (const command of point.commands) {
    if (decision.commands.includes(command.id)) commands.push(await commandRecord(source, state, command))
  }
  const { daemonSet, node, verdict, action, reason } = decision
  return {
    cluster: source.cluster,
    position: point.position,
    at: new Date(point.at).toISOString(),
    core: point.core,
    daemonSet,
    node,
    verdict,
    action,
    reason,
    causes,
    causesTotal: decision.causes.length,
    commands,
  }
}

async function eventAt(source: LedgerSource, position: number): Promise<Event | null> {
  for await (const entry of source.readFrom(position)) {
    return entry.kind === 'event' && entry.position === position ? entry.event : null
  }
  return null
}

/** The envelope of every command; the rest is its body. */
export async function commandRecord(
  source: LedgerSource,
  state: ClusterState,
  command: Command,
): Promise<CommandRecord> {
  const { id, type, slot, position, issuedAt, cluster: _, daemonSet: __, ...body } = command
  const pod =
    'podName' in command
      ? { name: command.podName, uid: null }
      : 'pod' in command
        ? { name: command.pod.name, uid: command.pod.uid }
        : null
  return {
    id,
    type,
    slot,
    position,
    issuedAt: new Date(issuedAt).toISOString(),
    // The record does not say when it was handed on; that is done at once.
    publishedAt: new Date(issuedAt).toISOString(),
    node: 'node' in command ? command.node : null,
    pod,
    body: JSON.parse(JSON.stringify(body)),
    ...(await fate(source, state, command)),
  }
}

/** What became of a command up to the position of the state. */
async function fate(
  source: LedgerSource,
  { position: end, flights }: ClusterState,
  command: Command,
): Promise<Pick<CommandRecord, 'settled' | 'delayed'>> {
  let delayed: CommandRecord['delayed'] = null
  let shown: { position: number; at: string } | null = null
  for await (const entry of source.readFrom(command.position + 1)) {
    if (entry.position > end) break
    if (entry.kind !== 'event') continue
    const { event, position } = entry
    const at = new Date(event.at).toISOString()
    if (event.type === 'CommandSettled' && event.commandId === command.id) {
      const { result, attempts, answer } = event
      return { settled: { position, at, result, attempts, answer }, delayed: null }
    }
    if (event.type === 'CommandDelayed' && event.commandId === command.id) {
      delayed = { at, attempts: event.attempts, message: event.message }
    }
    if (shown === null && isAboutObject(event, command)) shown = { position, at }
  }
  // No outcome came, and it is in flight no more: the watched object has shown it done.
  if (flights.has(command.id) || shown === null) return { settled: null, delayed }
  return { settled: { ...shown, result: null, attempts: null, answer: null }, delayed: null }
}

function isAboutObject(event: Event, command: Command): boolean {
  const subject = observedSubject(event)
  if (subject === null || subject.namespace !== command.daemonSet.namespace) return false
  if ('podName' in command) return subject.kind === 'Pod' && subject.name === command.podName
  if ('pod' in command) return subject.kind === 'Pod' && subject.name === command.pod.name
  if ('revision' in command && typeof command.revision === 'object') {
    return subject.kind === 'ControllerRevision' && subject.name === command.revision.name
  }
  return subject.kind === 'DaemonSet' && subject.name === command.daemonSet.name
}

/** The decision behind a command, in the point that issued it. */
export const decisionOf = ({ decisions }: DecisionPoint, commandId: string): Decision | null =>
  decisions.find(({ commands }) => commands.includes(commandId)) ?? null

export const isPoint = (entry: LedgerEntry): entry is Extract<LedgerEntry, { kind: 'decision' }> =>
  entry.kind === 'decision'
