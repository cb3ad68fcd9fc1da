import type { Node, NodeSelectorTerm, Pod, Requirement } from '../kinds.ts'

/** nodeSelector and required node affinity (spec §2.2). */
export function matchesNode(pod: Pod, node: Node): boolean {
  const labels = node.metadata.labels ?? {}
  for (const [key, value] of Object.entries(pod.spec.nodeSelector ?? {})) if (labels[key] !== value) return false
  const required = pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution
  if (required === undefined) return true
  return (required.nodeSelectorTerms ?? []).some(term => matchesTerm(term, node))
}

/**
 * The only nodes a pod may go to, by name, when each of its terms names them (`nodeaffinity.GetAffinityTerms` in
 * PreFilter); null when it may go to any. This is how daemon pods are bound.
 */
export function namedNodes(pod: Pod): ReadonlySet<string> | null {
  const terms = pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms
  if (terms === undefined || terms.length === 0) return null
  const names = new Set<string>()
  for (const term of terms) {
    const named = term.matchFields?.find(field => field.key === 'metadata.name' && field.operator === 'In')
    if (!named) return null
    for (const name of named.values ?? []) names.add(name)
  }
  return names
}

function matchesTerm({ matchExpressions = [], matchFields = [] }: NodeSelectorTerm, node: Node): boolean {
  if (matchExpressions.length === 0 && matchFields.length === 0) return false
  return (
    matchFields.every(field => matchesField(field, node)) &&
    matchExpressions.every(expression => matchesLabel(expression, node.metadata.labels ?? {}))
  )
}

function matchesField({ key, operator, values = [] }: Requirement, node: Node): boolean {
  const value = key === 'metadata.name' ? node.metadata.name : ''
  if (values.length !== 1) return false
  if (operator === 'In') return values[0] === value
  return operator === 'NotIn' && values[0] !== value
}

function matchesLabel(
  { key, operator, values = [] }: Requirement,
  labels: { readonly [key: string]: string },
): boolean {
  const value = labels[key]
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value)
    case 'NotIn':
      return value === undefined || !values.includes(value)
    case 'Exists':
      return value !== undefined
    case 'DoesNotExist':
      return value === undefined
    case 'Gt':
    case 'Lt':
      return compares(operator, value, values[0])
    default:
      return false
  }
}

function compares(operator: 'Gt' | 'Lt', value: string | undefined, limit: string | undefined): boolean {
  const whole = /^[+-]?\d+$/
  if (value === undefined || limit === undefined || !whole.test(value) || !whole.test(limit)) return false
  return operator === 'Gt' ? BigInt(value) > BigInt(limit) : BigInt(value) < BigInt(limit)
}
