import { createManualTime } from '@rollcall/service'
import { expect, test } from 'vitest'
import { createClosingTimers } from './closing-timers.ts'

test('what is armed runs, or is taken back, or ends with all others', async () => {
  const time = createManualTime()
  const timers = createClosingTimers(time.timers)
  const ran: string[] = []
  timers.after(10, () => ran.push('first'))
  timers.after(10, () => ran.push('taken back'))()
  timers.after(1_000, () => ran.push('late'))
  await time.advance(10)
  expect(ran).toEqual(['first'])
  timers.close()
  expect(time.armed()).toBe(0)
})
