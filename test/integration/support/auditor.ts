import { spawn } from 'node:child_process'
import { resolve } from 'node:path'
import { freePort } from '@rollcall/infra'
import { expect } from 'vitest'
import { eventually, type Rollcall } from './rollcall.ts'

const root = resolve(import.meta.dirname, '../../..')

export type Auditor = Awaited<ReturnType<typeof startAuditor>>

/** An auditor as a process of its own, over what `rollcall` records; resolves when it answers. */
export async function startAuditor(rollcall: Rollcall) {
  const port = await freePort()
  const server = `http://127.0.0.1:${port}`
  const words = ['services/auditor/src/main.ts', '--postgres-url', rollcall.databaseUrl, '--port', String(port)]
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
    stop: () => process_.kill('SIGKILL'),
  }
}
