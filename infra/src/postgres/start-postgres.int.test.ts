import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '@rollcall/local-process'
import { queryOnce } from '@rollcall/local-process/postgres'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { leftBehind } from '../testing/leftovers.ts'
import { waysFor } from '../testing/ways.ts'
import { type Postgres, startPostgres } from './start-postgres.ts'

describe.for(await waysFor())('Postgres, %s', via => {
  // mkdtemp closes it to all others, also to the user that the server runs as when we are root.
  const dir = mkdtempSync(join(tmpdir(), 'postgres-int-'))
  let postgres: Postgres

  beforeAll(async () => {
    postgres = await startPostgres({ dir: join(dir, 'postgres'), via })
    await queryOnce(postgres.url, 'create table kept as select 42 as answer')
  })
  afterAll(async () => {
    await postgres.stop()
    const left = await leftBehind(dir)
    rmSync(dir, { recursive: true })
    expect(left).toEqual([])
  })

  const answer = async (): Promise<unknown> => (await queryOnce(postgres.url, 'select answer from kept'))[0]?.answer

  test('is 15 or newer, and every database is apart', async () => {
    const other = await postgres.createDatabase('other "one"')
    const [row] = await queryOnce(other, "select current_database() as name, to_regclass('kept') as kept")
    expect(row).toEqual({ name: 'other "one"', kept: null })
    const [version] = await queryOnce(other, 'show server_version_num')
    expect(Number(version?.server_version_num)).toBeGreaterThanOrEqual(150_000)
  })

  test('takes nobody without the password', async () => {
    const url = new URL(postgres.url)
    url.password = 'wrong'
    await expect(queryOnce(url.href, 'select 1')).rejects.toThrow(/password authentication failed/)
  })

  test('comes back on its port with its data after kill -9', async () => {
    const { pid } = postgres
    await postgres.kill()
    await postgres.restart()
    expect(postgres.pid).not.toBe(pid)
    expect(await answer()).toBe(42)
  })

  test('comes back after it was stopped', async () => {
    await postgres.stop()
    await expect(answer()).rejects.toThrow()
    await postgres.restart()
    expect(await answer()).toBe(42)
  })

  test('waits for the disk unless told not to', async () => {
    const fsync = async (url: string): Promise<unknown> => (await queryOnce(url, 'show fsync'))[0]?.fsync
    expect(await fsync(postgres.url)).toBe('on')
    const fast = await startPostgres({ dir: join(dir, 'fast'), via, durable: false })
    expect(await fsync(fast.url)).toBe('off')
    await fast.stop()
  })

  test('on a port that is taken fails, and says so with the last lines of its log', async () => {
    const port = await freePort()
    const server = createServer()
    await new Promise<void>(resolve => server.listen(port, '127.0.0.1', resolve))
    const failed = startPostgres({ dir: join(dir, 'failing'), via, port })
    await expect(failed).rejects.toMatchObject({ name: 'StartError', code: 'port-in-use' })
    if (via === 'native') {
      await expect(failed).rejects.toThrow(/last lines of .*postgres\.log[\s\S]*Address already in use/)
      expect(readFileSync(join(dir, 'failing/postgres.log'), 'utf8')).toContain('Address already in use')
    }
    server.close()
  })
})
