import type { LabelSelector, NodeFacts, NodeSelectorTerm, Requirement } from '@rollcall/contracts'

type Labels = { readonly [key: string]: string }

/** Whether a label selector matches. No selector (null) matches nothing; an empty one matches everything (spec §6.1). */
export function selectorMatches(selector: LabelSelector | null, labels: Labels): boolean {
  if (selector === null) return false
  for (const key in selector.matchLabels) if (labels[key] !== selector.matchLabels[key]) return false
  return selector.matchExpressions.every(requirement => labelRequirementMatches(requirement, labels))
}

/** An empty selector object selects all pods; the reference refuses to act on it (spec §3.1 step 4). */
export function isEmptySelector(selector: LabelSelector | null): boolean {
  return selector !== null && Object.keys(selector.matchLabels).length === 0 && selector.matchExpressions.length === 0
}

/** `In`, `NotIn`, `Exists`, `DoesNotExist`, `Gt`, `Lt` on labels (spec §2.2). Anything unparsable matches nothing. */
export function labelRequirementMatches(requirement: Requirement, labels: Labels): boolean {
  const value = Object.hasOwn(labels, requirement.key) ? labels[requirement.key] : undefined
  switch (requirement.operator) {
    case 'In':
      return value !== undefined && requirement.values.includes(value)
    case 'NotIn':
      return value === undefined || !requirement.values.includes(value)
    case 'Exists':
      return value !== undefined
    case 'DoesNotExist':
      return value === undefined
    case 'Gt':
    case 'Lt': {
      const left = value === undefined ? null : parseInt64(value)
      const right = parseInt64(requirement.values[0] ?? '')
      if (left === null || right === null) return false
      return requirement.operator === 'Gt' ? left > right : left < right
    }
    default:
      return false
  }
}

const int64Max = 2n ** 63n - 1n

/** As Go's strconv.ParseInt(s, 10, 64): an optional sign, leading zeros allowed. */
function parseInt64(text: string): bigint | null {
  if (!/^[+-]?[0-9]+$/.test(text)) return null
  const value = BigInt(text.startsWith('+') ? text.slice(1) : text)
  return value > int64Max || value < -int64Max - 1n ? null : value
}

/** Terms are OR-ed; a term that is empty or does not parse matches nothing, the others are still tried (spec §2.2). */
export function termMatches(term: NodeSelectorTerm, node: NodeFacts): boolean {
  if (term.matchExpressions.length === 0 && term.matchFields.length === 0) return false
  if (!term.matchExpressions.every(isValidExpression) || !term.matchFields.every(isValidField)) return false
  return (
    term.matchFields.every(field => fieldMatches(field, node)) &&
    term.matchExpressions.every(requirement => labelRequirementMatches(requirement, node.labels))
  )
}

function fieldMatches(field: Requirement, node: NodeFacts): boolean {
  const value = field.key === 'metadata.name' ? node.name : ''
  return field.operator === 'In' ? value === field.values[0] : value !== field.values[0]
}

function isValidField(field: Requirement): boolean {
  return (field.operator === 'In' || field.operator === 'NotIn') && field.values.length === 1
}

function isValidExpression({ key, operator, values }: Requirement): boolean {
  if (!isLabelKey(key) || !values.every(isLabelValue)) return false
  switch (operator) {
    case 'In':
    case 'NotIn':
      return values.length > 0
    case 'Exists':
    case 'DoesNotExist':
      return values.length === 0
    case 'Gt':
    case 'Lt':
      return values.length === 1 && parseInt64(values[0] ?? '') !== null
    default:
      return false
  }
}

export function isLabelValue(value: string): boolean {
  return value.length <= 63 && /^(?:[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)?$/.test(value)
}

export function isLabelKey(key: string): boolean {
  const slash = key.indexOf('/')
  const name = key.slice(slash + 1)
  if (name === '' || !isLabelValue(name)) return false
  if (slash < 0) return true
  const prefix = key.slice(0, slash)
  return prefix.length <= 253 && /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$/.test(prefix)
}
