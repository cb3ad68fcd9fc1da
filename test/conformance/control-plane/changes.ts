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
