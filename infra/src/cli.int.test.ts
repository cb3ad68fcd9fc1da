import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import type { ComponentStatus } from './cli/status.ts'
import { leftBehind } from './testing/leftovers.ts'
import { missingTools } from './tools.ts'

const dir = mkdtempSync(join(tmpdir(), 'infra-cli-'))
const lacking = (await missingTools()).some(each => each.tool !== 'docker')

type Answer = { readonly code: number; readonly answer: string; readonly progress: string }

function infra(...args: readonly string[]): Promise<Answer> {
  const cli = join(import.meta.dirname, 'cli.ts')
  const env = { ...process.env, ROLLCALL_INFRA_DIR: dir }
  return new Promise(resolve =>
    execFile(process.execPath, [cli, ...args], { env }, (error, answer, progress) =>
      resolve({ code: error === null ? 0 : Number(error.code), answer, progress }),
    ),
  )
}

async function statusOf(): Promise<ComponentStatus[]> {
  return JSON.parse((await infra('status', '-o', 'json')).answer)
}

describe.skipIf(lacking)('pnpm infra', () => {
  afterAll(async () => {
    await infra('down')
    const left = await leftBehind(dir)
    rmSync(dir, { recursive: true })
    expect(left).toEqual([])
  })

  test('`status` says that nothing is up', async () => {
    expect(await infra('status')).toMatchObject({ code: 0, answer: 'Nothing is up. `pnpm infra up` starts it\n' })
  })

  test('`up` starts everything, says what it does, and ends with what to give to a shell', async () => {
    const { code, answer, progress } = await infra('up', '--via', 'native', '--nodes', '2')
    expect(progress).toMatch(/ s {2}kafka answers after \d+\.\d s \(pid \d+\)/)
    expect(answer).toMatch(
      /^export ROLLCALL_KAFKA_BROKERS=127\.0\.0\.1:\d+\nexport ROLLCALL_POSTGRES_URL='postgres:.*'\nexport KUBECONFIG='.*'\n# kubectl of this version, for those who have none: \/.*\/kubectl\n$/,
    )
    expect(code).toBe(0)
    const names = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kwok'].map(
      name => `cluster-1/${name}`,
    )
    expect((await statusOf()).map(({ component, state }) => [component, state])).toEqual(
      [...names, 'kafka', 'postgres'].map(name => [name, 'running']),
    )
  })

  test('`up` again starts nothing, and says so', async () => {
    const before = await statusOf()
    const { progress } = await infra('up', '--via', 'native')
    expect(progress).toContain('kafka already runs')
    expect(progress).toContain('cluster-1 already runs')
    expect(await statusOf()).toEqual(before)
  })

  test('`status` shows what has ended by itself, and `up` starts that again on its port', async () => {
    const before = (await statusOf()).find(each => each.component === 'postgres')
    process.kill(before?.pid ?? 0, 'SIGKILL')
    const { code, answer } = await infra('status')
    expect(code).toBe(1)
    expect(answer).toMatch(/^postgres +- +127\.0\.0\.1:\d+ +ended +\S+postgres\.log$/m)
    await infra('up', '--via', 'native', '--only', 'postgres')
    expect((await statusOf()).find(each => each.component === 'postgres')).toMatchObject({
      state: 'running',
      address: before?.address,
    })
  })

  test('`down` stops everything, says what, and keeps the data unless told otherwise', async () => {
    const { answer, progress } = await infra('down')
    expect(answer).toBe('7 processes stopped\n')
    expect(progress).toMatch(/cluster-1\/etcd stopped/)
    expect(await leftBehind(dir)).toEqual([])
    expect((await infra('down', '--purge')).progress).toContain('kafka: data removed')
    expect((await infra('down')).answer).toBe('Nothing was up\n')
  })

  test('what is not understood is answered with what would be', async () => {
    expect(await infra('up', '--only', 'redis')).toMatchObject({
      code: 2,
      progress: expect.stringContaining('--only takes kafka'),
    })
  })
})
