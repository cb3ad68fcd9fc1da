import { createVirtualTime } from '@rollcall/simulator'
import { type DaemonSetWish, daemonSetDraft } from './daemon-set.ts'
import { type FleetOptions, startFleet } from './fleet.ts'
import { isSame, nodesOf, readyOn, watchForDoubles } from './roll-call.ts'

/** A fleet with one cluster, `east`, of some nodes in three zones, and the words its stories are told with. */
export async function withFleet(options: Partial<FleetOptions> = {}, nodes = 6) {
  const time = createVirtualTime()
  const fleet = await startFleet({ time, seed: 'seed', clusters: [{ name: 'east' }], ...options })
  const east = fleet.cluster('east')
  for (let number = 1; number <= nodes; number++) east.addNode({ name: `n${number}`, zone: `z${number % 3}` })
  const watched = watchForDoubles(east)
  const apply = (wish: DaemonSetWish) => east.apply('daemonsets', 'default', daemonSetDraft(wish))
  const answersOn = (what: string, nodesWanted: () => readonly string[], daemonSet: string, image?: string) =>
    time.until(
      `${daemonSet} ${image ?? ''} answers ${what}`,
      () => isSame(readyOn(east, daemonSet, image), nodesWanted()),
      1_800_000,
    )
  return {
    time,
    fleet,
    east,
    apply,
    answersOn,
    everywhere: (daemonSet: string, image?: string) => answersOn('everywhere', () => nodesOf(east), daemonSet, image),
    ...watched,
  }
}
