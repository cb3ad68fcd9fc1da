import { isEqual } from '../../objects/frozen.ts'
import type { DeleteOptions, KubeObject } from '../../objects/object-store.ts'
import type { Strategy } from '../../objects/strategy.ts'
import { forbiddenField } from '../field-error.ts'
import { validateMetadata, validateMetadataUpdate } from '../metadata.ts'
import { nonNegative } from '../numbers.ts'
import { plainStrategy, withGeneration, withGenerationOfSpec, withPresentStatus } from '../strategy.ts'
import { withDefaultTolerations, withPriority, withServiceAccount } from './admission.ts'
import { withPodDefaults, withPodSpecDefaults } from './defaults.ts'
import type { PodSpec } from './pod-spec.ts'
import { qosClassOf } from './quality-of-service.ts'
import { validatePodSpec } from './validate-spec.ts'
import { validatePodUpdate } from './validate-update.ts'

const specOf = (pod: KubeObject) => (pod.spec ?? {}) as PodSpec

/** `pkg/registry/core/pod/strategy.go`, with the admission plugins that every cluster has. */
export const podStrategy: Strategy = {
  prepareCreate(pod) {
    const defaulted = withPodSpecDefaults(withPodDefaults(specOf(pod)))
    const spec = withDefaultTolerations(withPriority(withServiceAccount(defaulted), pod))
    return { ...withGeneration(pod, 1), spec, status: firstStatus(spec) } as KubeObject
  },
  prepareUpdate(pod, present) {
    // The priority of a pod is decided once; a writer that does not know it does not take it away.
    const { priority, preemptionPolicy } = specOf(present)
    const kept = { ...(priority !== undefined && { priority }), ...(preemptionPolicy && { preemptionPolicy }) }
    const spec = withDefaultTolerations(withPodSpecDefaults(withPodDefaults({ ...kept, ...specOf(pod) })))
    return withGenerationOfSpec({ ...withPresentStatus(pod, present), spec } as KubeObject, present)
  },
  prepareStatus(pod, present) {
    const { ownerReferences: _, ...metadata } = pod.metadata
    const { ownerReferences } = present.metadata
    const { qosClass } = present.status as { qosClass?: string }
    return {
      ...present,
      metadata: { ...metadata, ...(ownerReferences && { ownerReferences }) },
      status: { ...(qosClass && { qosClass }), ...(pod.status as object | undefined) },
    } as KubeObject
  },
  *validateCreate(pod) {
    const { ephemeralContainers = [], nodeName, schedulingGates = [], terminationGracePeriodSeconds } = specOf(pod)
    yield* validateMetadata(pod, true)
    yield* validatePodSpec(specOf(pod), 'spec', 'pod')
    yield* nonNegative(terminationGracePeriodSeconds, 'spec.terminationGracePeriodSeconds')
    if (ephemeralContainers.length > 0) yield forbiddenField('spec.ephemeralContainers', 'cannot be set on create')
    if (nodeName && schedulingGates.length > 0) {
      yield forbiddenField('spec.nodeName', 'cannot be set until all schedulingGates have been cleared')
    }
  },
  *validateUpdate(pod, present) {
    yield* validateMetadataUpdate(pod, present)
    if (isEqual(pod.spec, present.spec)) return
    yield* validatePodSpec(specOf(pod), 'spec', 'pod')
    yield* validatePodUpdate(specOf(pod), specOf(present))
  },
  validateStatus: plainStrategy.validateStatus,
  graceSeconds,
}

function firstStatus(spec: PodSpec): object {
  const status = { phase: 'Pending', qosClass: qosClassOf(spec) }
  if (!spec.schedulingGates?.length) return status
  const message = 'Scheduling is blocked due to non-empty scheduling gates'
  const gated = { type: 'PodScheduled', status: 'False', reason: 'SchedulingGated', message }
  return { ...status, conditions: [{ ...gated, lastProbeTime: null, lastTransitionTime: null }] }
}

function graceSeconds(pod: KubeObject, { gracePeriodSeconds }: DeleteOptions): number {
  const { nodeName, terminationGracePeriodSeconds = 0 } = specOf(pod)
  const { phase } = (pod.status ?? {}) as { phase?: string }
  if (!nodeName || phase === 'Failed' || phase === 'Succeeded') return 0
  const wanted = gracePeriodSeconds ?? terminationGracePeriodSeconds
  return wanted < 0 ? 1 : wanted
}
