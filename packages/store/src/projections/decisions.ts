import type { Command, DecisionPoint, Json } from '@rollcall/contracts'
import type { CommandRow, DecisionRow } from './rows.ts'

/** The decisions of the `point`-th decision point after its position. */
export function decisionRows(cluster: string, point: number, decided: DecisionPoint): DecisionRow[] {
  const { position, at, core } = decided
  return decided.decisions.map((decision, seq) => ({ ...decision, cluster, position, point, seq, at, core }))
}

export function commandRows(cluster: string, point: number, decided: DecisionPoint): CommandRow[] {
  return decided.commands.map((command, seq) => ({
    id: command.id,
    cluster,
    position: decided.position,
    point,
    seq,
    slot: command.slot,
    type: command.type,
    daemonSet: command.daemonSet,
    ...subjectOf(command),
    body: restOf(command),
    issuedAt: command.issuedAt,
  }))
}

/** What of a command stands in no column of its own. */
function restOf(command: Command): Json {
  const { id, cluster, slot, type, position, issuedAt, daemonSet, ...rest } = command
  return rest as Json
}

function subjectOf(command: Command): Pick<CommandRow, 'node' | 'podName' | 'podUid'> {
  switch (command.type) {
    case 'CreatePod':
      return { node: command.node, podName: command.podName, podUid: null }
    case 'DeletePod':
    case 'EvictPod':
      return { node: command.node, podName: command.pod.name, podUid: command.pod.uid }
    case 'AdoptPod':
    case 'ReleasePod':
    case 'RelabelPod':
      return { node: null, podName: command.pod.name, podUid: command.pod.uid }
    case 'UntaintNode':
      return { node: command.node, podName: null, podUid: null }
    case 'CreateRevision':
    case 'UpdateRevision':
    case 'AdoptRevision':
    case 'ReleaseRevision':
    case 'DeleteRevision':
    case 'WriteStatus':
    case 'RollBack':
    case 'RecordEvent':
      return { node: null, podName: null, podUid: null }
  }
}
