import {
  type Command,
  type CoreMark,
  commandId,
  type Decision,
  type DecisionAction,
  type Reason,
  slotOf,
  type Verdict,
} from '@rollcall/contracts'
import { isHeldBack } from '../flights.ts'
import type { Revisions } from '../revisions.ts'
import type { ClusterState, DaemonSet, Slot } from '../state.ts'

/** A decision point while it is being made. The state is only read. */
export type Deciding = {
  readonly state: ClusterState
  readonly decisions: Decision[]
  readonly commands: Command[]
  readonly marks: CoreMark[]
  /** Keys of what this decision point has issued already. */
  readonly issued: Set<string>
  /** How many creations it has issued, by uid of the DaemonSet. */
  readonly creations: Map<string, number>
  /** Slots of the DaemonSet at hand that the guard decides on. */
  readonly losing: Slot[]
  /** By how many the line of those that wait with their creation becomes longer, by uid of the DaemonSet. */
  readonly line: Map<string, number>
  /** Those of the DaemonSet at hand: looked for once. */
  revisions: Revisions
}

const noRevisions: Revisions = { current: [], old: [], adoptable: [], releasable: [] }

export const startDeciding = (state: ClusterState): Deciding => ({
  state,
  decisions: [],
  commands: [],
  marks: [],
  issued: new Set(),
  creations: new Map(),
  losing: [],
  line: new Map(),
  revisions: noRevisions,
})

type Content<T> = T extends Command ? Omit<T, 'cluster' | 'id' | 'slot' | 'position' | 'issuedAt' | 'daemonSet'> : never

export const reason = (rule: string, source: string, facts: Reason['facts'] = {}): Reason => ({
  rule,
  source,
  facts,
})

const refOf = ({ facts }: DaemonSet) => ({ namespace: facts.namespace, name: facts.name, uid: facts.uid })

/** The id a command of this decision point gets. */
export function idFor(
  { state }: Deciding,
  daemonSet: DaemonSet,
  node: string | null,
  type: string,
  subject: string,
): string {
  const slot = slotOf(daemonSet.facts.uid, node)
  return commandId({ cluster: state.cluster, position: state.position, slot, type, subject })
}

/**
 * Issues a command; in a cluster that is only observed, it does not. Returns the ids for the decision's record.
 * `subject` tells commands of one type and slot apart.
 */
export function issue(
  deciding: Deciding,
  daemonSet: DaemonSet,
  node: string | null,
  subject: string,
  content: Content<Command>,
): string[] {
  if (deciding.state.mode === 'observe') return []
  return issueAs(deciding, daemonSet, node, idFor(deciding, daemonSet, node, content.type, subject), content)
}

/** Issues a command whose id is worked out already, because its content depends on it. */
export function issueAs(
  deciding: Deciding,
  daemonSet: DaemonSet,
  node: string | null,
  id: string,
  content: Content<Command>,
): string[] {
  const { state } = deciding
  if (state.mode === 'observe') return []
  deciding.issued.add(slotOf(daemonSet.facts.uid, node))
  if (content.type === 'CreatePod') {
    const { uid } = daemonSet.facts
    deciding.creations.set(uid, (deciding.creations.get(uid) ?? 0) + 1)
  }
  deciding.commands.push({
    ...content,
    cluster: state.cluster,
    id,
    slot: slotOf(daemonSet.facts.uid, node),
    position: state.position,
    issuedAt: state.now,
    daemonSet: refOf(daemonSet),
  } as Command)
  return [id]
}

/** Whether this is under way, was issued just now, or was refused lately. */
export function isPending({ state, issued }: Deciding, key: string): boolean {
  return state.flightsByKey.has(key) || issued.has(key) || isHeldBack(state, key)
}

/** `verdict|action|rule`: a decision that equals the last one of its slot is not recorded again. */
export function gist(verdict: Verdict | null, action: DecisionAction, rule: string): string {
  return `${verdict ?? ''}|${action}|${rule}`
}

export type Outcome = {
  readonly verdict: Verdict | null
  readonly action: DecisionAction
  readonly reason: Reason
  readonly commands?: readonly string[]
}

/** Records what was decided for a slot (node null: for the DaemonSet), unless nothing about it is new. */
export function record(deciding: Deciding, daemonSet: DaemonSet, node: string | null, outcome: Outcome): void {
  const { verdict, action, commands = [] } = outcome
  const last = node === null ? daemonSet.lastDecision : (daemonSet.slots.get(node)?.lastDecision ?? '')
  if (commands.length === 0 && last === gist(verdict, action, outcome.reason.rule)) return
  recordAnew(deciding, daemonSet, node, outcome)
}

/** Records what was decided, also when it is what was decided last. */
export function recordAnew(deciding: Deciding, daemonSet: DaemonSet, node: string | null, outcome: Outcome): void {
  const { verdict, action, commands = [] } = outcome
  const causes = node === null ? daemonSet.dirtyWhole : (daemonSet.dirty.get(node) ?? daemonSet.dirtyWhole)
  deciding.decisions.push({
    daemonSet: refOf(daemonSet),
    node,
    verdict,
    action,
    reason: outcome.reason,
    causes: [...(causes ?? [deciding.state.position])],
    commands: [...commands],
  })
}

/** This slot (node null: the DaemonSet) is to be looked at again at `at`. */
export function wakeMark(deciding: Deciding, daemonSet: DaemonSet, node: string | null, at: number): void {
  deciding.marks.push({ kind: 'wake', daemonSet: daemonSet.facts.uid, node, at })
}

/** Records a Kubernetes Event on the DaemonSet. */
export function recordEvent(
  deciding: Deciding,
  daemonSet: DaemonSet,
  eventType: 'Normal' | 'Warning',
  reasonWord: string,
  message: string,
): string[] {
  return issue(deciding, daemonSet, null, `${reasonWord}/${message}`, {
    type: 'RecordEvent',
    eventType,
    reason: reasonWord,
    message,
  })
}
