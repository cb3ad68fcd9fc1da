import type { FollowQuery } from '@rollcall/contracts/api'
import type { EventsAsked } from '@rollcall/store'
import { ProblemError } from '../problem.ts'

export type EventFilter = Omit<EventsAsked, 'cluster'>

/** @throws ProblemError `bad-parameter` */
export function eventFilter({
  type,
  kind,
  namespace,
  name,
}: Pick<FollowQuery, 'type' | 'kind' | 'namespace' | 'name'>): EventFilter {
  const types = type ?? null
  if (kind === undefined && name === undefined && namespace === undefined) return { types, subject: null }
  if (kind === undefined || name === undefined) {
    const parameter = kind === undefined ? 'kind' : 'name'
    throw new ProblemError('bad-parameter', `an object is named without its ${parameter}`, `add ${parameter}=…`, {
      parameter,
    })
  }
  if ((kind === 'Node') !== (namespace === undefined)) {
    const detail = kind === 'Node' ? 'a Node has no namespace' : `a ${kind} has a namespace`
    const mend = kind === 'Node' ? 'leave namespace out' : 'add namespace=…'
    throw new ProblemError('bad-parameter', detail, mend, { parameter: 'namespace' })
  }
  return { types, subject: { kind, namespace: namespace ?? '', name } }
}
