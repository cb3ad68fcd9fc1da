import { afterEach, expect, test } from 'vitest'
import { nodeObserved } from '../testing/events.ts'
import { createWorld, type World } from '../testing/world.ts'

let world: World
afterEach(() => world.close())

test('a clock an hour ahead does not take the stream along, and is told once a minute', async () => {
  world = await createWorld({})
  const { now } = world.time.clock
  const member = await world.start('r0')
  const append = async (name: string, version: number) => {
    await world.append(nodeObserved('c1', name, version, now() + 3_600_000))
    await world.until(`${name} is stored`, async () =>
      (await world.ledger('c1')).some(entry => entry.position >= version),
    )
  }
  const began = now()
  await append('n1', 1)
  await append('n2', 2)
  const events = (await world.ledger('c1')).flatMap(entry => (entry.kind === 'event' ? [entry.event] : []))
  expect(events.map(({ at }) => at >= began && at <= now())).toEqual([true, true])
  const said = () => member.said().filter(line => line.includes('3600 s ahead'))
  expect(said()).toHaveLength(1)
  await world.time.advance(60_000)
  await append('n3', 3)
  expect(said()).toHaveLength(2)
})
