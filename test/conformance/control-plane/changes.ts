import { at, isTerminating } from '../manifest.ts'
import type { Mirror } from './mirror.ts'
import type { Place } from './place.ts'

/** Counts what changes in a place. */
export class Changes {
  count = 0
  readonly stop: () => void

  constructor(place: Place, mirror: Mirror) {
    this.stop = mirror.listen(object => {
      if (place.holds(object)) this.count += 1
    })
  }
}

/** Whether the controller has yet to look at a DaemonSet as it is now. */
export function hasUnobserved(place: Place, mirror: Mirror): boolean {
  return mirror
    .all('DaemonSet', object => place.holds(object) && !isTerminating(object))
    .some(({ metadata, status }) => at(status, 'observedGeneration') !== metadata.generation)
}
