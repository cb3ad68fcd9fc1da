import type { Cluster, Stored } from '../api/cluster.ts'
import type { Controller } from '../api/controller.ts'
import { isOfRequest } from '../api/requests.ts'
import { at, controllerOf, isTerminating } from '../manifest.ts'
import { refOf } from '../world.ts'
import { Changes, hasUnobserved } from './changes.ts'
import type { Fence } from './fence.ts'
import type { Mirror } from './mirror.ts'
import type { Place } from './place.ts'

/** Kubernetes' own DaemonSet controller as one case sees it: by what becomes of the objects. */
export function builtInIn(place: Place, mirror: Mirror, cluster: Cluster, fence: Fence): Controller {
  const changes = new Changes(place, mirror)
  const events: string[] = []
  let creations = 0
  /** Pods whose end was asked for by nobody of the story: by whom they were owned, and the version at which that was. */
  const deleted: { readonly owner: string; readonly version: bigint }[] = []
  /** From which version on a DaemonSet is being deleted, or gone: what ends then, the garbage collector ends. */
  const leftAt = new Map<string, bigint>()

  const countDeletions = () =>
    deleted.filter(({ owner, version }) => version < (leftAt.get(owner) ?? version + 1n)).length

  function see(object: Stored, before: Stored | null, isGone: boolean): void {
    if (!place.holds(object)) return
    if ((object.kind as string) === 'Event') hear(object, before, isGone)
    const { namespace, name, uid } = object.metadata
    // Versions are of one order; watches of two kinds may overtake each other.
    const version = BigInt(object.metadata.resourceVersion)
    if (object.kind === 'DaemonSet' && (isGone || isTerminating(object)) && !leftAt.has(uid)) leftAt.set(uid, version)
    if (object.kind !== 'Pod') return
    if (before === null && at(object.metadata as never, 'generateName') !== undefined) creations += 1
    const wasLive = before !== null && !isTerminating(before)
    if (!wasLive || place.removed.has(`${namespace}/${name}`)) return
    const owner = controllerOf(object)
    if ((isGone || isTerminating(object)) && owner?.kind === 'DaemonSet') deleted.push({ owner: owner.uid, version })
  }
  function hear(event: Stored, before: Stored | null, isGone: boolean): void {
    const { type, reason, involvedObject, count = 1 } = event as unknown as EventParts
    if (isGone || involvedObject.kind !== 'DaemonSet') return
    const text = `${type} ${reason}`
    const times = count - ((before as unknown as EventParts | null)?.count ?? 0)
    if (!isOfRequest(text)) for (let time = 0; time < times; time++) events.push(text)
  }
  const stop = mirror.listen(see)

  return {
    async start() {
      // It runs already.
    },
    async wake() {
      for (const daemonSet of await cluster.list('DaemonSet')) {
        if (!isTerminating(daemonSet))
          await cluster.patch(refOf(daemonSet), { metadata: { annotations: { woken: 'yes' } } })
      }
    },
    activity: () => String(changes.count),
    isBusy: () => hasUnobserved(place, mirror),
    caughtUp: () => fence.pass(),
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
    refuse: () => notHere(),
    allow: () => notHere(),
    seen: () => ({ events: [...events], creations, deletions: countDeletions(), statusWrites: 0, requests: [] }),
    async stop() {
      stop()
      changes.stop()
    },
  }
}

type EventParts = {
  readonly type: string
  readonly reason: string
  readonly count?: number
  readonly involvedObject: { readonly kind: string }
}

function notHere(): never {
  throw new Error('the built-in controller is as it is: the case needs a world that offers more')
}
