import { isDeepStrictEqual } from 'node:util'
import type { Stored } from '../api/cluster.ts'
import { at, isTerminating, type JsonObject } from '../manifest.ts'
import type { Mirror } from './mirror.ts'
import type { Place } from './place.ts'

/** Counts what changes in a place. */
export class Changes {
  count = 0
  readonly stop: () => void

  constructor(place: Place, mirror: Mirror) {
    this.stop = mirror.listen((object, before, isGone) => {
      if (place.holds(object) && (isGone || !isTriedAgain(object, before))) this.count += 1
    })
  }
}

/**
 * The scheduler has tried once more to bind a pod that fits nowhere, and says so in its condition and in an Event: with the nodes of
 * other cases it goes on doing so for as long as they come and go.
 */
function isTriedAgain(object: Stored, before: Stored | null): boolean {
  if ((object.kind as string) === 'Event') return at(object as never, 'involvedObject', 'kind') === 'Pod'
  return object.kind === 'Pod' && before !== null && isDeepStrictEqual(untried(object), untried(before))
}

function untried({ metadata, spec, status }: Stored) {
  const { resourceVersion: _, managedFields, ...rest } = metadata as Stored['metadata'] & { managedFields?: unknown }
  const conditions = (at(status, 'conditions') ?? []) as readonly JsonObject[]
  const others = conditions.filter(({ type }) => type !== 'PodScheduled')
  return { rest, spec, status: { ...status, conditions: others } }
}

/** Whether the controller has yet to look at a DaemonSet as it is now. */
export function hasUnobserved(place: Place, mirror: Mirror): boolean {
  return mirror
    .all('DaemonSet', object => place.holds(object) && !isTerminating(object))
    .some(({ metadata, status }) => at(status, 'observedGeneration') !== metadata.generation)
}
