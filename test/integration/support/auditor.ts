import { execFile, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { freePort } from '@rollcall/infra'
import { expect } from 'vitest'
import { eventually, type Rollcall } from './rollcall.ts'

const root = resolve(import.meta.dirname, '../../..')

export type Auditor = Awaited<ReturnType<typeof startAuditor>>

export type Ran = { readonly code: number | null; readonly out: string; readonly err: string }

/** An auditor as a process of its own, over what `rollcall` records; resolves when it answers. `users`: may ask for something. */
export async function startAuditor(rollcall: Rollcall, users: readonly string[] = []) {
  const port = await freePort()
  const server = `http://127.0.0.1:${port}`
  const words = ['services/auditor/src/main.ts', '--postgres-url', rollcall.databaseUrl, '--port', String(port)]
  const tokens = new Map(users.map(user => [user, randomBytes(24).toString('base64url')]))
  if (users.length > 0) {
    const file = join(rollcall.dir, `users-${port}`)
    writeFileSync(file, [...tokens].map(([user, token]) => `${user} ${token}\n`).join(''), { mode: 0o600 })
    words.push('--users', file)
  }
  const process_ = spawn(process.execPath, [...words, '--kafka-brokers', rollcall.kafka.brokers.join(',')], {
    cwd: root,
    stdio: 'ignore',
  })
  await eventually(async () => expect((await fetch(`${server}/api/v1/clusters`)).status).toBe(200))
  return {
    server,
    /** @throws Error with the answer, when it is not 200 */
    async ask<T>(path: string): Promise<T> {
      const response = await fetch(server + path)
      if (response.status !== 200) throw new Error(await response.text())
      return (await response.json()) as T
    },
    /** Runs the command line as one of the users, or as nobody; never rejects. */
    rollcall(user: string | null, ...args: string[]): Promise<Ran> {
      const env = { ...process.env, ROLLCALL_SERVER: server, ROLLCALL_TOKEN: tokens.get(user ?? '') ?? '' }
      const bin = join(root, 'packages/cli/bin/rollcall.js')
      return new Promise(resolve => {
        const ran = execFile(process.execPath, [bin, ...args], { env }, (_, out, err) =>
          resolve({ code: ran.exitCode, out, err }),
        )
      })
    },
    stop: () => process_.kill('SIGKILL'),
  }
}
