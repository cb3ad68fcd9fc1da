import { type PodFacts, restartSteps } from '@rollcall/contracts'
import type { KubeObject } from '../cluster-api.ts'
import { fieldsOf, itemsOf, labelsOf, ObjectReader, textOf, textOrNull, textsOf } from './read.ts'

/** The command that created a pod. */
const commandAnnotation = 'rollcall.dev/command'

/** What is kept of a Pod. @throws FactsError */
export function podFacts(object: unknown): PodFacts {
  const reader = new ObjectReader('Pod', object)
  const spec = fieldsOf(reader.object.spec)
  const status = fieldsOf(reader.object.status)
  const ready = itemsOf(status.conditions).find(condition => condition.type === 'Ready')
  return {
    namespace: reader.required('namespace'),
    name: reader.required('name'),
    ...reader.identity(),
    ...reader.lifetime(),
    labels: labelsOf(reader.metadata.labels),
    owner: reader.owner(),
    commandId: textOrNull(fieldsOf(reader.metadata.annotations)[commandAnnotation]),
    nodeName: textOrNull(spec.nodeName),
    target: targetOf(spec),
    phase: textOf(status.phase),
    ready: ready?.status === 'True',
    readySince: reader.time(ready?.lastTransitionTime, 'status.conditions[Ready].lastTransitionTime'),
    reason: textOrNull(status.reason),
    restarts: restartsOf(containersOf(status)),
    trouble: troubleOf(containersOf(status)),
  }
}

const containersOf = (status: KubeObject): KubeObject[] =>
  [...itemsOf(status.initContainerStatuses), ...itemsOf(status.containerStatuses)].map(fieldsOf)

function restartsOf(containers: readonly KubeObject[]): number {
  const most = Math.max(0, ...containers.map(restartCountOf))
  return restartSteps.findLast(step => step <= most) ?? 0
}

const restartCountOf = ({ restartCount }: KubeObject): number => (typeof restartCount === 'number' ? restartCount : 0)

/** What a container waits for on its way to running passes by itself. */
const passing: readonly string[] = ['', 'ContainerCreating', 'PodInitializing']

function troubleOf(containers: readonly KubeObject[]): string | null {
  for (const container of containers) {
    const waiting = textOf(fieldsOf(fieldsOf(container.state).waiting).reason)
    // The kubelet alternates between these two while it tries again.
    if (waiting === 'ErrImagePull') return 'ImagePullBackOff'
    if (!passing.includes(waiting)) return waiting
  }
  // Between two crashes a container runs for a moment, or has just ended: its loop is not over until it is ready. One crash (out of
  // memory once, the node started again) is no loop.
  const isLooping = containers.some(container => {
    const ended = fieldsOf(fieldsOf(container.lastState).terminated).exitCode
    return container.ready !== true && restartCountOf(container) > 1 && typeof ended === 'number' && ended !== 0
  })
  return isLooping ? 'CrashLoopBackOff' : null
}

/** Spec §1.9 rule 2: the first matchFields requirement `metadata.name In`, when it has exactly one value. */
function targetOf(spec: KubeObject): string | null {
  const required = fieldsOf(fieldsOf(spec.affinity).nodeAffinity).requiredDuringSchedulingIgnoredDuringExecution
  for (const term of itemsOf(fieldsOf(required).nodeSelectorTerms)) {
    for (const field of itemsOf(term.matchFields)) {
      if (field.key !== 'metadata.name' || field.operator !== 'In') continue
      const values = textsOf(field.values)
      return values.length === 1 ? (values[0] ?? null) : null
    }
  }
  return null
}
