import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { identify, isAlive } from './identity.ts'

test('a running process is alive', () => {
  const own = identify(process.pid)
  expect(own).not.toBeNull()
  expect(own && isAlive(own)).toBe(true)
})

test('another process with the same pid is not the one that was meant', () => {
  const own = identify(process.pid)
  expect(isAlive({ pid: process.pid, startedAt: `${own?.startedAt}0` })).toBe(false)
})

test('a process that has ended is nobody', async () => {
  const child = spawn('true')
  await once(child, 'exit')
  expect(identify(child.pid ?? -1)).toBeNull()
})

test('no process has a pid that there cannot be', () => {
  expect(identify(2 ** 30)).toBeNull()
})
