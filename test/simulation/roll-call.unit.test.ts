import { createVirtualTime } from '@rollcall/simulator'
import { expect, test } from 'vitest'
import { daemonSetDraft } from './support/daemon-set.ts'
import { type FleetOptions, startFleet } from './support/fleet.ts'
import { isSame, nodesOf, readyOn, watchForDoubles } from './support/roll-call.ts'

async function withFleet(options: Partial<FleetOptions> = {}, nodes = 6) {
  const time = createVirtualTime()
  const fleet = await startFleet({ time, seed: 'seed', clusters: [{ name: 'east' }], ...options })
  const east = fleet.cluster('east')
  for (let number = 1; number <= nodes; number++) east.addNode({ name: `n${number}`, zone: `z${number % 3}` })
  const watched = watchForDoubles(east)
  const everywhere = (daemonSet: string, image?: string) =>
    time.until(
      `${daemonSet} ${image ?? ''} answers on every node`,
      () => isSame(readyOn(east, daemonSet, image), nodesOf(east)),
      600_000,
    )
  return { time, fleet, east, everywhere, ...watched }
}

test('a DaemonSet answers on every node; nodes join and leave', async () => {
  const { fleet, east, everywhere, doubles } = await withFleet()
  east.apply('daemonsets', 'default', daemonSetDraft({ name: 'agent' }))
  await everywhere('agent')
  east.addNode({ name: 'n7' })
  await everywhere('agent')
  east.removeNode('n3')
  await everywhere('agent')
  expect(nodesOf(east)).toEqual(['n1', 'n2', 'n4', 'n5', 'n6', 'n7'])
  expect(doubles).toEqual([])
  await fleet.stop()
})
