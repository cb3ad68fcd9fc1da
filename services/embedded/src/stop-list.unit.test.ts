import { createManualTime, type ManualTime } from '@rollcall/service'
import { expect, test } from 'vitest'
import { createStopList } from './stop-list.ts'

const listOf = ({ timers, clock }: ManualTime) => createStopList({ timers, now: () => clock.now() }, 4_500)

test('stops in the opposite order, each after the other, and once', async () => {
  const time = createManualTime()
  const stops = listOf(time)
  const steps: string[] = []
  for (const name of ['postgres', 'services']) {
    stops.add(1_000, async () => {
      steps.push(`${name} begins`)
      await Promise.resolve()
      steps.push(`${name} ends`)
    })
  }
  await Promise.all([stops.run(), stops.run()])
  expect(steps).toEqual(['services begins', 'services ends', 'postgres begins', 'postgres ends'])
})

test('one that takes too long leaves the others what is theirs, and all end by the deadline', async () => {
  const time = createManualTime()
  const begunAt = time.clock.now()
  const stops = listOf(time)
  const steps: string[] = []
  const hanging = (name: string) => () => {
    steps.push(`${name} after ${time.clock.now() - begunAt}`)
    return new Promise<void>(() => undefined)
  }
  stops.add(0, async () => {
    steps.push(`folder after ${time.clock.now() - begunAt}`)
  })
  stops.add(1_500, hanging('postgres'))
  stops.add(500, async () => {
    await hanging('stores')
  })
  stops.add(1_000, hanging('services'))
  let isDone = false
  const done = stops.run().then(() => {
    isDone = true
  })
  await time.advance(4_499)
  expect(isDone).toBe(false)
  await time.advance(1)
  await done
  // The services had what nobody else has a claim to, and Postgres what the stores left.
  expect(steps).toEqual(['services after 0', 'postgres after 2500', 'folder after 4500'])
})

test('more than the whole time cannot be reserved', () => {
  const stops = listOf(createManualTime())
  stops.add(3_000, async () => undefined)
  expect(() => stops.add(2_000, async () => undefined)).toThrow('stopping may take 5000 ms, and 4500 ms are allowed')
})

test('a failure is told after all were tried', async () => {
  const stops = listOf(createManualTime())
  const steps: string[] = []
  stops.add(0, async () => {
    steps.push('first')
  })
  stops.add(0, async () => {
    throw new Error('broken')
  })
  await expect(stops.run()).rejects.toThrow('broken')
  expect(steps).toEqual(['first'])
})
