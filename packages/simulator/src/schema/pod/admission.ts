import { forbidden } from '../../objects/errors.ts'
import type { KubeObject } from '../../objects/object-store.ts'
import { resources } from '../../objects/resources.ts'
import type { PodSpec, Toleration } from './pod-spec.ts'

const graceForNodes = 300

/** DefaultTolerationSeconds: five minutes for nodes that are not ready or not reachable, unless the pod says otherwise. */
export function withDefaultTolerations(spec: PodSpec): PodSpec {
  const { tolerations = [] } = spec
  const added = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable']
    .filter(key => !tolerations.some(toleration => answers(toleration, key)))
    .map(key => ({ key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: graceForNodes }))
  return added.length === 0 ? spec : { ...spec, tolerations: [...tolerations, ...added] }
}

function answers({ key = '', effect = '' }: Toleration, taint: string): boolean {
  return (key === taint || key === '') && (effect === 'NoExecute' || effect === '')
}

/** ServiceAccount, as far as names go: no token is mounted. */
export function withServiceAccount(spec: PodSpec): PodSpec {
  return spec.serviceAccountName ? spec : { ...spec, serviceAccountName: 'default', serviceAccount: 'default' }
}

/** The classes every cluster has; others are not served here. */
const priorities: { readonly [className: string]: number } = {
  'system-node-critical': 2_000_001_000,
  'system-cluster-critical': 2_000_000_000,
}

/** Priority. @throws ApiStatusError 403 for an unknown class, or a priority that differs from its class's */
export function withPriority(spec: PodSpec, pod: KubeObject): PodSpec {
  const { priorityClassName = '' } = spec
  const priority = priorityClassName === '' ? 0 : priorities[priorityClassName]
  const refuse = (why: string) => forbidden(resources.pods, pod.metadata.name, why)
  if (priority === undefined) throw refuse(`no PriorityClass with name ${priorityClassName} was found`)
  if (spec.priority !== undefined && spec.priority !== priority) {
    throw refuse(
      `the integer value of priority (${spec.priority}) must not be provided in pod spec; priority admission controller computed ${priority} from the given PriorityClass name`,
    )
  }
  return { ...spec, priority, preemptionPolicy: spec.preemptionPolicy ?? 'PreemptLowerPriority' }
}
