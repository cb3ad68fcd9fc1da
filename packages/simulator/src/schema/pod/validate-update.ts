import { isEqual } from '../../objects/frozen.ts'
import { type FieldError, forbiddenField, invalidValue } from '../field-error.ts'
import type { Container, PodSpec, Toleration } from './pod-spec.ts'

const changeable = [
  '`spec.containers[*].image`',
  '`spec.initContainers[*].image`',
  '`spec.activeDeadlineSeconds`',
  '`spec.tolerations` (only additions to existing tolerations)',
  '`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)',
].join(',')

/** What of a pod may change once it is there: next to nothing. */
export function* validatePodUpdate(spec: PodSpec, present: PodSpec): Iterable<FieldError> {
  for (const field of ['containers', 'initContainers'] as const) {
    if ((spec[field] ?? []).length === (present[field] ?? []).length) continue
    yield forbiddenField(`spec.${field}`, 'pod updates may not add or remove containers')
    return
  }
  yield* validateDeadline(spec.activeDeadlineSeconds, present.activeDeadlineSeconds)
  yield* validateTolerationsKept(spec.tolerations ?? [], present.tolerations ?? [])
  yield* validateGatesRemoved(spec, present)

  const before = comparable(present)
  const after = comparable(spec)
  const changed = Object.keys({ ...before, ...after }).filter(field => !isEqual(before[field], after[field]))
  if (changed.length === 0) return
  // kube-apiserver prints Go's diff here; the fields say what is needed.
  const fields = changed.map(field => `spec.${field}`).join(', ')
  yield forbiddenField('spec', `pod updates may not change fields other than ${changeable}\n${fields}`)
}

function comparable(spec: PodSpec): { readonly [field: string]: unknown } {
  const { activeDeadlineSeconds: _, tolerations: __, schedulingGates: ___, ...others } = spec
  return { ...others, containers: imageless(spec.containers), initContainers: imageless(spec.initContainers) }
}

function imageless(containers: readonly Container[] = []): readonly object[] {
  return containers.map(({ image: _, ...others }) => others)
}

function* validateDeadline(deadline: number | undefined, present: number | undefined): Iterable<FieldError> {
  const path = 'spec.activeDeadlineSeconds'
  if (present === undefined) return
  if (deadline === undefined) yield invalidValue(path, null, 'must not update from a positive integer to nil value')
  else if (deadline > present) yield invalidValue(path, deadline, 'must be less than or equal to previous value')
}

function* validateTolerationsKept(
  tolerations: readonly Toleration[],
  present: readonly Toleration[],
): Iterable<FieldError> {
  const timeless = ({ tolerationSeconds: _, ...others }: Toleration) => others
  const isKept = (old: Toleration) => tolerations.some(toleration => isEqual(timeless(toleration), timeless(old)))
  if (present.every(isKept)) return
  yield forbiddenField('spec.tolerations', 'existing toleration can not be modified except its tolerationSeconds')
}

function* validateGatesRemoved(spec: PodSpec, present: PodSpec): Iterable<FieldError> {
  const before = new Set((present.schedulingGates ?? []).map(gate => gate.name))
  for (const [index, { name }] of (spec.schedulingGates ?? []).entries()) {
    if (before.has(name ?? null)) continue
    const detail = `only deletion is allowed, but found new scheduling gate '${name}'`
    yield forbiddenField(`spec.schedulingGates[${index}].name`, detail)
  }
}
