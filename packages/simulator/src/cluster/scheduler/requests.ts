import { thousandths } from '../../schema/quantity.ts'
import type { Amounts, Pod } from '../kinds.ts'

/** Amounts by resource, in thousandths. */
export type Resources = ReadonlyMap<string, number>

const known = new WeakMap<object, Resources>()

/**
 * What a pod asks of its node (`resourcehelper.PodRequests`): the sum of its containers and of init containers that keep
 * running, or the largest init container if that is more; and its overhead.
 */
export function requestsOf(pod: Pod): Resources {
  const remembered = known.get(pod.spec)
  if (remembered) return remembered
  const total = new Map<string, number>()
  for (const container of pod.spec.containers) add(total, container.resources?.requests)
  let sidecars = new Map<string, number>()
  const initial = new Map<string, number>()
  for (const container of pod.spec.initContainers ?? []) {
    const here = new Map(sidecars)
    add(here, container.resources?.requests)
    for (const [resource, amount] of here) raise(initial, resource, amount)
    if (container.restartPolicy === 'Always') sidecars = here
  }
  for (const [resource, amount] of sidecars) total.set(resource, (total.get(resource) ?? 0) + amount)
  for (const [resource, amount] of initial) raise(total, resource, amount)
  add(total, pod.spec.overhead)
  known.set(pod.spec, total)
  return total
}

/** Amounts in thousandths. */
export function resourcesOf(amounts: Amounts | undefined): Resources {
  const total = new Map<string, number>()
  add(total, amounts)
  return total
}

function add(total: Map<string, number>, amounts: Amounts | undefined): void {
  for (const [resource, quantity] of Object.entries(amounts ?? {})) {
    total.set(resource, (total.get(resource) ?? 0) + thousandths(quantity))
  }
}

function raise(total: Map<string, number>, resource: string, amount: number): void {
  total.set(resource, Math.max(total.get(resource) ?? 0, amount))
}
