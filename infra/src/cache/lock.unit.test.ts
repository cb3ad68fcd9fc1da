import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { withLock } from './lock.ts'

const dir = mkdtempSync(join(tmpdir(), 'lock-'))
afterAll(() => rmSync(dir, { recursive: true }))

test('of two that want a lock, one waits for the other', async () => {
  const file = join(dir, 'two')
  const steps: string[] = []
  const work = (name: string) => async (): Promise<void> => {
    steps.push(`${name} begins`)
    await new Promise(resolve => setTimeout(resolve, 60))
    steps.push(`${name} ends`)
  }
  await Promise.all([withLock(file, work('a')), withLock(file, work('b'))])
  expect(steps).toEqual(['a begins', 'a ends', 'b begins', 'b ends'])
})

test('the lock of a process that has died is taken over', async () => {
  const file = join(dir, 'stale')
  writeFileSync(file, JSON.stringify({ pid: process.pid, startedAt: 'long ago' }))
  expect(await withLock(file, async () => 'done')).toBe('done')
})

test('who waits is told for whom', async () => {
  const file = join(dir, 'told')
  const told: number[] = []
  await withLock(file, async () => {
    const second = withLock(
      file,
      async () => undefined,
      holder => told.push(holder.pid),
    )
    await new Promise(resolve => setTimeout(resolve, 60))
    second.catch(() => undefined)
  })
  expect(told).toEqual([process.pid])
})

test('a lock is given back when the work fails, and nothing is left in the folder', async () => {
  const own = join(dir, 'own')
  const file = join(own, 'lock')
  await expect(
    withLock(file, async () => {
      throw new Error('broken')
    }),
  ).rejects.toThrow('broken')
  expect(readdirSync(own)).toEqual([])
})
