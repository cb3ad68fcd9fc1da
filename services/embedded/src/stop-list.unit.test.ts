import { createManualTime, settled } from '@rollcall/service'
import { expect, test } from 'vitest'
import { createStopList } from './stop-list.ts'

test('stops in the opposite order, each after the other, and once', async () => {
  const time = createManualTime()
  const stops = createStopList(time.timers)
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

test('one that takes too long does not keep the others', async () => {
  const time = createManualTime()
  const stops = createStopList(time.timers)
  const steps: string[] = []
  stops.add(1_000, async () => {
    steps.push('postgres')
  })
  stops.add(500, () => new Promise(() => undefined))
  const done = stops.run()
  await settled()
  expect(steps).toEqual([])
  await time.advance(500)
  await done
  expect(steps).toEqual(['postgres'])
})

test('a failure is told after all were tried', async () => {
  const stops = createStopList(createManualTime().timers)
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
