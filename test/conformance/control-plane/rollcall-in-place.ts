import type { Controller, Seen } from '../api/controller.ts'
import type { RequestDesk } from '../api/request-desk.ts'
import { seenIn } from '../api/requests.ts'
import type { RunningRollcall } from '../api/rollcall.ts'
import type { Refusal } from '../world.ts'
import { Changes, hasUnobserved } from './changes.ts'
import type { Mirror } from './mirror.ts'
import type { Place } from './place.ts'

/** Rollcall as one case sees it; it works for all of them, and has been there before. */
export function rollcallIn(place: Place, mirror: Mirror, desk: RequestDesk, rollcall: RunningRollcall): Controller {
  const changes = new Changes(place, mirror)
  const hasFlights = () =>
    [...(rollcall.state()?.flights.values() ?? [])].some(
      ({ command: { type, daemonSet } }) => type !== 'RecordEvent' && place.holdsNamespace(daemonSet.namespace),
    )
  return {
    async start() {
      // It runs already.
    },
    async wake() {
      // Nodes wake it.
    },
    activity: () => `${changes.count} ${desk.requests.length}`,
    isBusy: () => desk.underWay > 0 || hasFlights() || (!desk.refuses && hasUnobserved(place, mirror)),
    async caughtUp() {
      // What it has under way is known.
    },
    statusDue: () => null,
    hold() {
      // A cluster that is shared goes on.
    },
    async tell() {
      // Nothing was held.
    },
    late: () => notHere(),
    catchUp: () => notHere(),
    replace: async () => notHere(),
    refuse: (refusal: Refusal) => desk.refuse(refusal),
    allow: () => desk.allow(),
    seen: (): Seen => seenIn(desk.requests),
    async stop() {
      changes.stop()
    },
  }
}

function notHere(): never {
  throw new Error('the watch of a shared control plane cannot be late: the case needs a world that offers it')
}
