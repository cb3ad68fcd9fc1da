import type { Condition } from '@rollcall/contracts'
import type { Rollout } from '../rollout-state.ts'
import { type ClusterState, type DaemonSet, knownConditions } from '../state.ts'
import { budgetOf } from './budget.ts'
import { firstFew } from './rollout-gate.ts'

type Said = Omit<Condition, 'type' | 'since'>

const said = (status: boolean, reason: string, message: string): Said => ({
  status: status ? 'True' : 'False',
  reason,
  message,
})

/** Whether the DaemonSet gets conditions: one that asks for anything does, unless it says otherwise. */
export const wantsConditions = ({ policy }: DaemonSet): boolean => policy.conditions ?? policy.asksAnything

/** The conditions as the state has them; a status that stays keeps its time. `rollout`: as this decision point leaves it. */
export function conditionsOf(state: ClusterState, daemonSet: DaemonSet, rollout: Rollout): Condition[] {
  if (!wantsConditions(daemonSet)) return []
  const known = knownConditions(daemonSet)
  const now = Math.floor(state.now / 1000) * 1000
  const all: [string, Said][] = [
    ['Progressing', progressing(daemonSet, rollout)],
    ['Available', available(daemonSet)],
    ['Degraded', degraded(daemonSet, rollout)],
    ['AnnotationsAccepted', accepted(daemonSet)],
  ]
  return all.map(([type, condition]) => {
    const before = known.find(each => each.type === type)
    return { type, ...condition, since: before?.status === condition.status ? before.since : now }
  })
}

function progressing(daemonSet: DaemonSet, { held, autoPaused }: Rollout): Said {
  const { totals, facts } = daemonSet
  const figures = `${totals.updated} of ${totals.desired} nodes have a pod of the present template, ${totals.available} an available pod`
  if (totals.updated >= totals.desired) {
    if (totals.available >= totals.desired) return said(false, 'Complete', figures)
    return said(true, 'WaitingForPods', `${figures}; waiting for ${named(daemonSet.missingNodes, totals.missing)}`)
  }
  if (facts.updateStrategy.type !== 'RollingUpdate') return said(false, 'WaitingForDeletion', figures)
  switch (held) {
    case '':
      break
    case 'rollout-paused':
      return said(false, 'Paused', `${figures}; paused by rollcall.dev/paused`)
    case 'rollout-annotation-unreadable':
      return said(false, 'AnnotationInvalid', `${figures}; held by an annotation that cannot be followed`)
    case 'rollout-paused-itself':
      return said(
        false,
        'PausedItself',
        `${figures}; new pods were in trouble on ${named(autoPaused?.nodes ?? [], autoPaused?.count ?? 0)}`,
      )
    case 'rollout-node-lost':
      return said(
        false,
        'NodeLost',
        `${figures}; lost after its pod was replaced: ${named(daemonSet.lostNodes, totals.lost)}`,
      )
    case 'rollout-nodes-stopped':
      return said(
        true,
        'WaitingForNodes',
        `${figures}; waiting for nodes that are being stopped: ${named(daemonSet.stoppedNodes, totals.stopped)}`,
      )
    case 'rollout-canary-nodes':
    case 'rollout-canary-size':
      return said(false, 'CanaryReached', `${figures}; kept to a canary`)
    default:
      return said(true, 'RollingOut', `${figures}; between two batches`)
  }
  return said(true, 'RollingOut', figures)
}

function available(daemonSet: DaemonSet): Said {
  const { totals } = daemonSet
  const figures = `${totals.available} of ${totals.desired} nodes have an available pod`
  if (totals.available >= totals.desired) return said(true, 'AllAvailable', figures)
  const missing = `${figures}; without: ${named(daemonSet.missingNodes, totals.missing)}`
  const isEnough = totals.available >= totals.desired - (budgetOf(daemonSet)?.maxUnavailable ?? 0)
  return isEnough ? said(true, 'EnoughAvailable', missing) : said(false, 'TooFewAvailable', missing)
}

function degraded(daemonSet: DaemonSet, { held, autoPaused }: Rollout): Said {
  const { totals } = daemonSet
  if (totals.lost > 0)
    return said(true, 'NodesLost', `lost after their pods were replaced: ${named(daemonSet.lostNodes, totals.lost)}`)
  if (totals.troubled > 0)
    return said(true, 'PodsInTrouble', `new pods are in trouble on ${named(daemonSet.troubledNodes, totals.troubled)}`)
  if (autoPaused !== null && held === 'rollout-paused-itself') {
    return said(true, 'RolloutPausedItself', `new pods were in trouble on ${named(autoPaused.nodes, autoPaused.count)}`)
  }
  return said(false, 'AsWanted', 'no new pod is in trouble')
}

function accepted({ policy }: DaemonSet): Said {
  if (policy.nonsense.length === 0) return said(true, 'Accepted', 'every annotation under rollcall.dev/ is followed')
  return said(
    false,
    'InvalidAnnotation',
    policy.nonsense
      .map(({ message }) => message)
      .join('; ')
      .slice(0, messageMax),
  )
}

/** What Kubernetes allows. */
const messageMax = 32_768

/** `n1, n2, n3 and 7 more` */
function named(names: Iterable<string>, count: number): string {
  const few = firstFew(names)
  const more = count - few.length
  return `${few.join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}
