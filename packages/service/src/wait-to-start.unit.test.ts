import { expect, test } from 'vitest'
import { createMemoryLogger } from './logger.ts'
import { createManualTime } from './manual-time.ts'
import { type WaitToStartOptions, waitToStart } from './wait-to-start.ts'

function surroundings() {
  const time = createManualTime(0)
  const logger = createMemoryLogger()
  const stopping = new AbortController()
  const options: WaitToStartOptions = {
    logger,
    timers: time.timers,
    random: () => 0.5,
    stopping: stopping.signal,
    mayMend: error => (error as Error).message === 'down',
  }
  return { time, logger, stopping, options }
}

test('waits for what is down, and says so each time', async () => {
  const { time, logger, options } = surroundings()
  const answers = [new Error('down'), new Error('down'), 'up']
  const step = waitToStart(async () => {
    const answer = answers.shift()
    if (answer instanceof Error) throw answer
    return answer
  }, options)
  await time.advance(60_000)
  expect(await step).toBe('up')
  expect(logger.lines.map(({ level, message }) => [level, message])).toEqual([
    ['warn', 'waiting to start: down'],
    ['warn', 'waiting to start: down'],
  ])
})

test('gives up at once on what trying again cannot mend, and when it is to stop', async () => {
  const { time, logger, stopping, options } = surroundings()
  await expect(waitToStart(() => Promise.reject(new Error('wrong')), options)).rejects.toThrow('wrong')
  expect(logger.lines).toEqual([])
  const waiting = expect(waitToStart(() => Promise.reject(new Error('down')), options)).rejects.toThrow('down')
  stopping.abort(new Error('stops'))
  await time.advance(1)
  await waiting
})
