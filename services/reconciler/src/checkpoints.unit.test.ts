import { type Checkpoint, checkpointSigner, newCheckpointKey } from '@rollcall/store'
import { afterEach, expect, test } from 'vitest'
import { createWorld, type World } from './testing/world.ts'

let world: World
afterEach(() => world.close())

const signer = checkpointSigner(newCheckpointKey())
const signed = () => (world.store.tables.checkpoints.get('c1') ?? []).map(({ position }) => position)

/** Ticks of the core count too: where the stream ends is asked, not known. */
const ends = () => world.store.tables.ends.get('c1')?.lastPosition

test('a stream that moves is signed after so many positions, or after a while, and at a stop', async () => {
  world = await createWorld({ signer, settings: { checkpointEvery: 10, checkpointIntervalMs: 60_000 } })
  const member = await world.start('r1')
  await world.append(...world.nodes('c1', 3))
  await world.commanded(3)
  await world.time.advance(50_000)
  expect(signed()).toEqual([])
  await world.time.advance(15_000)
  const first = ends()
  expect(signed()).toEqual([first])

  await world.append(...world.nodes('c1', 12, 4))
  await world.commanded(15)
  await world.time.advance(2_000)
  const second = ends()
  expect(signed()).toEqual([first, second])

  await world.append(...world.nodes('c1', 1, 16))
  await world.commanded(16)
  await member.stop()
  expect(signed()).toEqual([first, second, ends()])
  expect(await world.store.verifyChain('c1')).toMatchObject({ ok: true, checkpoints: { count: 3, uncovered: 0 } })
})

test('each is also kept outside; where that fails, it is said, and the next one is', async () => {
  const kept: number[] = []
  let isFull = false
  const keep = async ({ position }: Checkpoint) => {
    if (isFull) throw new Error('no space left')
    kept.push(position)
  }
  world = await createWorld({ signer, anchors: [{ keep }], settings: { checkpointIntervalMs: 60_000 } })
  const member = await world.start('r1')
  await world.append(...world.nodes('c1', 3))
  await world.commanded(3)
  await world.time.advance(65_000)
  const first = ends()
  expect(kept).toEqual([first])
  isFull = true
  await world.append(...world.nodes('c1', 1, 4))
  await world.commanded(4)
  await world.time.advance(65_000)
  expect(signed().at(-1)).toBe(ends())
  expect(member.said()).toEqual(['the checkpoint of c1 could not be anchored: no space left'])
  isFull = false
  await world.append(...world.nodes('c1', 1, 5))
  await world.commanded(5)
  await member.stop()
  expect(kept).toEqual([first, ends()])
})

test('without a key there are none', async () => {
  world = await createWorld({})
  const member = await world.start('r1')
  await world.append(...world.nodes('c1', 3))
  await world.commanded(3)
  await world.time.advance(300_000)
  await member.stop()
  expect(signed()).toEqual([])
})
