import { type FieldError, invalidValue, notSupported, required } from '../field-error.ts'
import { dnsSubdomainComplaints, labelValueComplaints } from '../formats.ts'
import { type Requirement, validateLabelKey, validateOperator, validateValues } from '../labels.ts'
import type { NodeAffinity, NodeSelectorTerm, Toleration } from './pod-spec.ts'

const taintEffects = ['NoSchedule', 'PreferNoSchedule', 'NoExecute']

export function* validateTaintEffect(effect: string | undefined, path: string): Iterable<FieldError> {
  if (!effect) yield required(path)
  else if (!taintEffects.includes(effect)) yield notSupported(path, effect, taintEffects)
}

export function* validateTolerations(tolerations: readonly Toleration[], path: string): Iterable<FieldError> {
  for (const [index, toleration] of tolerations.entries()) yield* validateToleration(toleration, `${path}[${index}]`)
}

function* validateToleration(toleration: Toleration, path: string): Iterable<FieldError> {
  const { key = '', operator = '', value = '', effect = '', tolerationSeconds } = toleration
  if (key !== '') yield* validateLabelKey(key, `${path}.key`)
  if (key === '' && operator !== 'Exists') {
    const detail = 'operator must be Exists when `key` is empty, which means "match all values and all keys"'
    yield invalidValue(`${path}.operator`, operator, detail)
  }
  if (tolerationSeconds !== undefined && effect !== 'NoExecute') {
    yield invalidValue(`${path}.effect`, effect, "effect must be 'NoExecute' when `tolerationSeconds` is set")
  }
  switch (operator) {
    case '':
    case 'Equal': {
      const complaints = labelValueComplaints(value)
      if (complaints.length > 0) yield invalidValue(`${path}.operator`, value, complaints.join(';'))
      break
    }
    case 'Exists':
      if (value !== '') {
        yield invalidValue(`${path}.operator`, value, "value must be empty when `operator` is 'Exists'")
      }
      break
    case 'Lt':
    case 'Gt':
      yield notSupported(`${path}.operator`, operator, ['Equal', 'Exists', 'Lt', 'Gt'])
      break
    default:
      yield notSupported(`${path}.operator`, operator, ['Equal', 'Exists'])
  }
  if (effect !== '') yield* validateTaintEffect(effect, `${path}.effect`)
}

export function* validateNodeAffinity(affinity: NodeAffinity, path: string): Iterable<FieldError> {
  const needed = affinity.requiredDuringSchedulingIgnoredDuringExecution
  if (needed !== undefined) {
    const at = `${path}.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms`
    const { nodeSelectorTerms = [] } = needed
    if (nodeSelectorTerms.length === 0) yield required(at, 'must have at least one node selector term')
    for (const [index, term] of nodeSelectorTerms.entries()) yield* validateTerm(term, `${at}[${index}]`, false)
  }
  const wished = affinity.preferredDuringSchedulingIgnoredDuringExecution ?? []
  for (const [index, { weight, preference }] of wished.entries()) {
    const at = `${path}.preferredDuringSchedulingIgnoredDuringExecution[${index}]`
    if (weight < 1 || weight > 100) yield invalidValue(`${at}.weight`, weight, 'must be in the range 1-100')
    yield* validateTerm(preference, `${at}.preference`, true)
  }
}

function* validateTerm(term: NodeSelectorTerm, path: string, mayHaveInvalidValues: boolean): Iterable<FieldError> {
  for (const [index, requirement] of (term.matchExpressions ?? []).entries()) {
    const at = `${path}.matchExpressions[${index}]`
    yield* validateNodeOperator(requirement, at)
    yield* validateLabelKey(requirement.key ?? '', `${at}.key`)
    if (!mayHaveInvalidValues) yield* validateValues(requirement, at)
  }
  for (const [index, requirement] of (term.matchFields ?? []).entries()) {
    yield* validateFieldRequirement(requirement, `${path}.matchFields[${index}]`)
  }
}

function* validateNodeOperator(requirement: Requirement, path: string): Iterable<FieldError> {
  const { operator, values = [] } = requirement
  if (operator !== 'Gt' && operator !== 'Lt') yield* validateOperator(requirement, path)
  else if (values.length !== 1) {
    yield required(`${path}.values`, "must be specified single value when `operator` is 'Lt' or 'Gt'")
  }
}

function* validateFieldRequirement({ key, operator, values = [] }: Requirement, path: string): Iterable<FieldError> {
  if (operator !== 'In' && operator !== 'NotIn') {
    yield invalidValue(`${path}.operator`, operator ?? '', 'not a valid selector operator')
  } else if (values.length !== 1) {
    const detail = "must be only one value when `operator` is 'In' or 'NotIn' for node field selector"
    yield required(`${path}.values`, detail)
  }
  if (key !== 'metadata.name') {
    yield invalidValue(`${path}.key`, key ?? '', 'not a valid field selector key')
    return
  }
  for (const [index, value] of values.entries()) {
    for (const complaint of dnsSubdomainComplaints(value)) {
      yield invalidValue(`${path}.values[${index}]`, value, complaint)
    }
  }
}
