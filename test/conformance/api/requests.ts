import { at, type JsonObject } from '../manifest.ts'
import type { ApiRequest, Refusal } from '../world.ts'
import type { Seen } from './controller.ts'

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

/** What a controller did, by what it asked. */
export function seenIn(requests: readonly ApiRequest[]): Seen {
  const count = (what: Refusal['what']) => requests.filter(request => whatOf(request) === what).length
  return {
    events: eventsOf(requests),
    creations: count('create Pod'),
    deletions: count('delete Pod'),
    statusWrites: count('write status'),
    requests,
  }
}

/** Whatever concerns single pods' requests is counted elsewhere, or the executor's alone (spec §9, conventions). */
const ofRequests = ['SuccessfulCreate', 'SuccessfulDelete', 'FailedCreate', 'FailedDelete']
export const isOfRequest = (event: string): boolean => ofRequests.some(reason => event.endsWith(reason))

/** Kubernetes Events, as often as they were told. */
function eventsOf(requests: readonly ApiRequest[]): string[] {
  const told = new Map<string, string>()
  const events: string[] = []
  for (const { kind, name, verb, body } of requests) {
    if (kind !== 'Event') continue
    if (verb === 'create') told.set(name, `${at(body, 'type')} ${at(body, 'reason')}`)
    const event = told.get(name)
    if (event !== undefined && !isOfRequest(event)) events.push(event)
  }
  return events
}
