import { at, type JsonObject } from '../manifest.ts'
import type { ApiRequest, Refusal } from '../world.ts'

/** In a scenario's words. */
export function whatOf({ verb, kind, subresource, body }: ApiRequest): Refusal['what'] | null {
  if (kind === 'Pod' && (verb === 'delete' || subresource === 'eviction')) return 'delete Pod'
  if (kind === 'Pod' && verb === 'create') return 'create Pod'
  if (kind === 'DaemonSet' && verb === 'get') return 'read DaemonSet'
  if (kind === 'Pod' && adopts(body)) return 'adopt Pod'
  if (kind === 'DaemonSet' && subresource === 'status') return 'write status'
  if (kind === 'ControllerRevision' && verb === 'create') return 'create ControllerRevision'
  return null
}

function adopts(body: JsonObject): boolean {
  const owners = at(body, 'metadata', 'ownerReferences')
  return Array.isArray(owners) && owners.some(owner => at(owner, 'controller') === true)
}

/** Whatever concerns single pods' requests is counted elsewhere, or the executor's alone (spec §9, conventions). */
const ofRequests = ['SuccessfulCreate', 'SuccessfulDelete', 'FailedCreate', 'FailedDelete']

/** Kubernetes Events, as often as they were told. */
export function eventsOf(requests: readonly ApiRequest[]): string[] {
  const told = new Map<string, string>()
  const events: string[] = []
  for (const { kind, name, verb, body } of requests) {
    if (kind !== 'Event') continue
    if (verb === 'create') told.set(name, `${at(body, 'type')} ${at(body, 'reason')}`)
    const event = told.get(name)
    if (event !== undefined && !ofRequests.some(reason => event.endsWith(reason))) events.push(event)
  }
  return events
}
