import { existsSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { request } from 'node:https'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createManualTime, createMemoryLogger } from '@rollcall/service'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { attendSimulatedClusters } from './simulated.ts'

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'simulated-'))
})
afterEach(() => rmSync(dir, { recursive: true }))

function attend(port = 0) {
  const time = createManualTime()
  const source = { kind: 'simulated', names: ['amsterdam'], example: true } as const
  const logger = createMemoryLogger()
  const starting = attendSimulatedClusters({ source, mode: 'control', dir, port, ...time, logger })
  return { time, starting, logger }
}

/** The next file that is written beside `amsterdam.json` meets a full disk. */
const fillDisk = () => symlinkSync('/dev/full', join(dir, 'amsterdam.json.new'))

test.skipIf(!existsSync('/dev/full'))(
  'on a full disk it goes on, says so, and is well again once there is room',
  async () => {
    const { time, starting, logger } = attend()
    const attended = await starting
    expect(attended.trouble()).toBeNull()
    fillDisk()
    await time.advance(10_000)
    expect(attended.trouble()).toContain(`${join(dir, 'amsterdam.json')} cannot be written: its disk is full`)
    expect(logger.lines.filter(({ level }) => level === 'warn')).toHaveLength(1)
    await time.advance(10_000)
    expect(attended.trouble()).toBeNull()
    fillDisk()
    await expect(attended.stop()).rejects.toMatchObject({ name: 'EmbeddedError', code: 'disk-full' })
    expect(time.armed()).toBe(0)
  },
)

test('a request that meets a defect is answered and logged, and ends nothing', async () => {
  const time = createManualTime()
  const logger = createMemoryLogger()
  let isBroken = false
  const clock = {
    now: () => {
      if (isBroken) throw new Error('the clock is broken')
      return time.clock.now()
    },
  }
  const source = { kind: 'simulated', names: ['amsterdam'], example: true } as const
  const options = { source, mode: 'control', dir, port: 0, timers: time.timers, clock, logger } as const
  const attended = await attendSimulatedClusters(options)
  const ask = () => codeOf(`${attended.clusters[0]?.shown.server}/version`)
  isBroken = true
  expect(await ask()).toBe(500)
  isBroken = false
  expect(await ask()).toBe(200)
  expect(logger.lines.filter(({ level }) => level === 'error')).toMatchObject([{ facts: { cluster: 'amsterdam' } }])
  await attended.stop()
})

function codeOf(url: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { rejectUnauthorized: false, agent: false }, answer => {
      answer.resume().once('end', () => resolve(answer.statusCode))
    })
    asked.once('error', reject).end()
  })
}

test('a cluster that cannot be served is stopped', async () => {
  const other = createServer()
  await new Promise<void>(resolve => other.listen(0, '127.0.0.1', resolve))
  const { time, starting } = attend((other.address() as { port: number }).port)
  await expect(starting).rejects.toMatchObject({ code: 'EADDRINUSE' })
  expect(time.armed()).toBe(0)
  await new Promise(resolve => other.close(resolve))
})
