import type { NodeFacts } from '@rollcall/contracts'
import { fieldsOf, itemsOf, labelsOf, ObjectReader, textOf } from './read.ts'

/** What is kept of a Node. @throws FactsError */
export function nodeFacts(object: unknown): NodeFacts {
  const reader = new ObjectReader('Node', object)
  const spec = fieldsOf(reader.object.spec)
  const status = fieldsOf(reader.object.status)
  return {
    name: reader.required('name'),
    ...reader.identity(),
    ...reader.lifetime(),
    labels: labelsOf(reader.metadata.labels),
    taints: itemsOf(spec.taints).map(taint => ({
      key: textOf(taint.key),
      value: textOf(taint.value),
      effect: textOf(taint.effect),
    })),
    unschedulable: spec.unschedulable === true,
    conditions: itemsOf(status.conditions).map(condition => ({
      type: textOf(condition.type),
      status: textOf(condition.status),
      since: reader.time(condition.lastTransitionTime, 'status.conditions[].lastTransitionTime'),
    })),
  }
}
