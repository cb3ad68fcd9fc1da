import { type FieldError, forbiddenField, invalidValue, required } from './field-error.ts'
import { labelValueComplaints, qualifiedNameComplaints } from './formats.ts'

export type Labels = { readonly [key: string]: string }

/** One requirement of a label selector, or of a node selector (which also knows Gt and Lt). */
export type Requirement = {
  readonly key: string
  readonly operator: string
  readonly values?: readonly string[]
}

export type LabelSelector = {
  readonly matchLabels?: Labels
  readonly matchExpressions?: readonly Requirement[]
}

export function* validateLabels(labels: Labels | undefined, path: string): Iterable<FieldError> {
  for (const [key, value] of Object.entries(labels ?? {})) {
    yield* validateLabelKey(key, path)
    for (const complaint of labelValueComplaints(value)) yield invalidValue(path, value, complaint)
  }
}

export function* validateLabelKey(key: string, path: string): Iterable<FieldError> {
  for (const complaint of qualifiedNameComplaints(key)) yield invalidValue(path, key, complaint)
}

export function* validateLabelSelector(
  selector: LabelSelector | undefined,
  path: string,
  mayHaveInvalidValues: boolean,
): Iterable<FieldError> {
  yield* validateLabels(selector?.matchLabels, `${path}.matchLabels`)
  for (const [index, requirement] of (selector?.matchExpressions ?? []).entries()) {
    const at = `${path}.matchExpressions[${index}]`
    yield* validateOperator(requirement, at)
    yield* validateLabelKey(requirement.key ?? '', `${at}.key`)
    if (!mayHaveInvalidValues) yield* validateValues(requirement, at)
  }
}

export function* validateOperator({ operator, values = [] }: Requirement, path: string): Iterable<FieldError> {
  switch (operator) {
    case 'In':
    case 'NotIn':
      if (values.length === 0) {
        yield required(`${path}.values`, "must be specified when `operator` is 'In' or 'NotIn'")
      }
      return
    case 'Exists':
    case 'DoesNotExist':
      if (values.length > 0) {
        yield forbiddenField(`${path}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'")
      }
      return
    default:
      yield invalidValue(`${path}.operator`, operator ?? '', 'not a valid selector operator')
  }
}

export function* validateValues({ values = [] }: Requirement, path: string): Iterable<FieldError> {
  for (const [index, value] of values.entries()) {
    for (const complaint of labelValueComplaints(value)) {
      yield invalidValue(`${path}.values[${index}]`, value, complaint)
    }
  }
}

export function hasInvalidValue(selector: LabelSelector | undefined): boolean {
  const values = (selector?.matchExpressions ?? []).flatMap(requirement => requirement.values ?? [])
  return values.some(value => labelValueComplaints(value).length > 0)
}

/** Null when the selector is malformed; no selector selects nothing, an empty one everything. */
export function selects(selector: LabelSelector | undefined, labels: Labels): boolean | null {
  if (selector === undefined) return false
  if ([...validateLabelSelector(selector, '', false)].length > 0) return null
  const { matchLabels = {}, matchExpressions = [] } = selector
  return (
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every(requirement => meets(requirement, labels))
  )
}

function meets({ key, operator, values = [] }: Requirement, labels: Labels): boolean {
  const value = labels[key]
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value)
    case 'NotIn':
      return value === undefined || !values.includes(value)
    case 'Exists':
      return value !== undefined
    default:
      return value === undefined
  }
}
