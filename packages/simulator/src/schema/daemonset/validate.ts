import { isEqual } from '../../objects/frozen.ts'
import type { KubeObject } from '../../objects/object-store.ts'
import { type FieldError, forbiddenField, invalidValue, notSupported, required } from '../field-error.ts'
import { percentComplaints } from '../formats.ts'
import { hasInvalidValue, selects, validateLabelSelector } from '../labels.ts'
import { immutable, validateMetadata, validateMetadataUpdate } from '../metadata.ts'
import { nonNegative } from '../numbers.ts'
import { validatePodTemplate } from '../pod/validate-spec.ts'
import { type DaemonSetSpec, daemonSetSpec, type IntOrPercent, templateGenerationOf } from './daemonset.ts'

/** spec §8.3 (`pkg/apis/apps/validation/validation.go`). The object is defaulted before. */
export function* validateDaemonSet(object: KubeObject): Iterable<FieldError> {
  yield* validateMetadata(object, true)
  yield* validateSpec(object, false)
}

export function* validateDaemonSetUpdate(object: KubeObject, present: KubeObject): Iterable<FieldError> {
  yield* validateMetadataUpdate(object, present)
  yield* validateTemplateGeneration(object, present)
  const { selector } = daemonSetSpec(object)
  const before = daemonSetSpec(present).selector
  if (!isEqual(selector, before)) yield immutable('spec.selector', selector)
  // What was let in once, under older rules, does not block other changes.
  yield* validateSpec(object, hasInvalidValue(before))
}

const counts = [
  'currentNumberScheduled',
  'numberMisscheduled',
  'desiredNumberScheduled',
  'numberReady',
  'observedGeneration',
  'updatedNumberScheduled',
  'numberAvailable',
  'numberUnavailable',
  'collisionCount',
]

type Counts = { readonly [count: string]: number | undefined }

export function* validateDaemonSetStatus(object: KubeObject, present: KubeObject): Iterable<FieldError> {
  yield* validateMetadataUpdate(object, present)
  const status = (object.status ?? {}) as Counts
  for (const count of counts) yield* nonNegative(status[count], `status.${count}`)
  const before = (present.status as Counts | undefined)?.collisionCount
  const { collisionCount = 0 } = status
  if (before !== undefined && (status.collisionCount === undefined || collisionCount < before)) {
    yield invalidValue('status.collisionCount', collisionCount, 'cannot be decremented')
  }
}

function* validateSpec(object: KubeObject, mayHaveInvalidValues: boolean): Iterable<FieldError> {
  const spec = daemonSetSpec(object)
  const { selector, template = {}, minReadySeconds, revisionHistoryLimit } = spec
  yield* validateLabelSelector(selector, 'spec.selector', mayHaveInvalidValues)
  const labels = template.metadata?.labels
  if (selects(selector, labels ?? {}) === false) {
    const detail = '`selector` does not match template `labels`'
    yield invalidValue('spec.template.metadata.labels', labels, detail)
  }
  const isEmpty =
    selector !== undefined &&
    Object.keys(selector.matchLabels ?? {}).length + (selector.matchExpressions ?? []).length === 0
  if (isEmpty) yield invalidValue('spec.selector', selector, 'empty selector is invalid for daemonset')
  yield* validatePodTemplate(template, 'spec.template')
  const { restartPolicy, activeDeadlineSeconds } = template.spec ?? {}
  if (restartPolicy !== 'Always') {
    yield notSupported('spec.template.spec.restartPolicy', restartPolicy ?? '', ['Always'])
  }
  if (activeDeadlineSeconds !== undefined) {
    const detail = 'activeDeadlineSeconds in DaemonSet is not Supported'
    yield forbiddenField('spec.template.spec.activeDeadlineSeconds', detail)
  }
  yield* nonNegative(minReadySeconds, 'spec.minReadySeconds')
  yield* nonNegative(templateGenerationOf(object), 'spec.templateGeneration')
  yield* validateStrategy(spec.updateStrategy ?? {}, 'spec.updateStrategy')
  yield* nonNegative(revisionHistoryLimit, 'spec.revisionHistoryLimit')
}

/** Cannot be broken through the API, which sets the generation itself. */
function* validateTemplateGeneration(object: KubeObject, present: KubeObject): Iterable<FieldError> {
  const path = 'spec.templateGeneration'
  const [after, before] = [templateGenerationOf(object), templateGenerationOf(present)]
  const isUpdated = !isSameTemplate(daemonSetSpec(object), daemonSetSpec(present))
  if (after < before) yield invalidValue(path, after, 'must not be decremented')
  if (after === before && isUpdated) yield invalidValue(path, after, 'must be incremented upon template update')
  if (after > before && !isUpdated) yield invalidValue(path, after, 'must not be incremented without template update')
}

/** Semantically: no list and an empty list are the same. */
export function isSameTemplate(one: DaemonSetSpec, other: DaemonSetSpec): boolean {
  return isEqual(withoutEmptyLists(one.template), withoutEmptyLists(other.template))
}

function withoutEmptyLists(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutEmptyLists)
  if (typeof value !== 'object' || value === null) return value
  const kept = Object.entries(value).filter(([, field]) => !(Array.isArray(field) && field.length === 0))
  return Object.fromEntries(kept.map(([key, field]) => [key, withoutEmptyLists(field)]))
}

function* validateStrategy(
  { type = '', rollingUpdate }: NonNullable<DaemonSetSpec['updateStrategy']>,
  path: string,
): Iterable<FieldError> {
  switch (type) {
    case 'OnDelete':
      return
    case 'RollingUpdate':
      if (rollingUpdate === undefined) yield required(`${path}.rollingUpdate`)
      else yield* validateRollingUpdate(rollingUpdate, `${path}.rollingUpdate`)
      return
    default: {
      // As Go prints the internal type, which has no names for JSON.
      const shown = { Type: type, RollingUpdate: rollingUpdate ?? null }
      yield notSupported(path, shown, ['RollingUpdate', 'OnDelete'])
    }
  }
}

function* validateRollingUpdate(
  { maxUnavailable = 0, maxSurge = 0 }: { maxUnavailable?: IntOrPercent; maxSurge?: IntOrPercent },
  path: string,
): Iterable<FieldError> {
  yield* validateIntOrPercent(maxUnavailable, `${path}.maxUnavailable`)
  yield* validateIntOrPercent(maxSurge, `${path}.maxSurge`)
  yield* validateAtMostAll(maxUnavailable, `${path}.maxUnavailable`)
  yield* validateAtMostAll(maxSurge, `${path}.maxSurge`)
  const [hasUnavailable, hasSurge] = [amountOf(maxUnavailable) !== 0, amountOf(maxSurge) !== 0]
  if (hasUnavailable && hasSurge) {
    yield invalidValue(`${path}.maxSurge`, maxSurge, 'may not be set when maxUnavailable is non-zero')
  }
  if (!hasUnavailable && !hasSurge) yield required(`${path}.maxUnavailable`, 'cannot be 0 when maxSurge is 0')
}

function* validateIntOrPercent(value: IntOrPercent, path: string): Iterable<FieldError> {
  if (typeof value === 'number') yield* nonNegative(value, path)
  else for (const complaint of percentComplaints(value)) yield invalidValue(path, value, complaint)
}

function* validateAtMostAll(value: IntOrPercent, path: string): Iterable<FieldError> {
  const isTooMuch = typeof value === 'string' && percentComplaints(value).length === 0 && amountOf(value) > 100
  if (isTooMuch) yield invalidValue(path, value, 'must not be greater than 100%')
}

/** The number that is said, be it a count or a percentage; 0 of what is neither. */
function amountOf(value: IntOrPercent): number {
  return typeof value === 'number' ? value : Number.parseInt(value, 10) || 0
}
