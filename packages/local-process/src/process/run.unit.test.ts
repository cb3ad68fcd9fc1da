import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { lastLines } from '../log-tail.ts'
import { until } from '../until.ts'
import { identify, isAlive, type ProcessIdentity } from './identity.ts'
import { type Part, run } from './run.ts'

const dir = mkdtempSync(join(tmpdir(), 'run-'))
afterAll(() => rmSync(dir, { recursive: true }))

let count = 0
/** A shell script as a part; it answers when it has written `ready`. */
function script(text: string, options: Partial<Part> = {}): Part {
  const logFile = join(dir, `${++count}.log`)
  return {
    name: 'script',
    command: ['sh', '-c', text],
    logFile,
    stopSignal: 'SIGTERM',
    stopMsMax: 300,
    readyMsMax: 5_000,
    answers: () => lastLines(logFile, 1).includes('ready'),
    ...options,
  }
}

function aliveAs(pid: number): ProcessIdentity {
  const identity = identify(pid)
  if (identity === null) throw new Error(`${pid} does not run`)
  return identity
}

describe('a part', () => {
  test('runs under the pid that its handle says, as leader of its own group', async () => {
    const running = await run(script('echo ready; exec sleep 60'))
    expect(readFileSync(`/proc/${running.pid}/cmdline`, 'utf8')).toBe('sleep\0' + '60\0')
    expect(readFileSync(`/proc/${running.pid}/stat`, 'utf8').split(' ')[4]).toBe(String(running.pid))
    await running.stop()
  })

  test('that is stopped is asked first', async () => {
    const part = script('trap "echo bye; exit 0" TERM; echo ready; while :; do sleep 0.05; done', { stopMsMax: 5_000 })
    const running = await run(part)
    await running.stop()
    expect(lastLines(part.logFile, 1)).toEqual(['bye'])
  })

  test('that does not listen is killed after its bound, with its children', async () => {
    const part = script('trap "" TERM; sleep 60 & echo $!; echo ready; wait')
    const running = await run(part)
    const parent = aliveAs(running.pid)
    const child = aliveAs(Number(lastLines(part.logFile)[0]))
    await running.stop()
    expect(isAlive(parent)).toBe(false)
    expect(await until(() => !isAlive(child), { msMax: 2_000 })).toBe(true)
  })

  test('that is frozen can be stopped', async () => {
    const running = await run(script('echo ready; exec sleep 60', { stopMsMax: 5_000 }))
    const frozen = aliveAs(running.pid)
    await running.kill('SIGSTOP')
    await running.stop()
    expect(isAlive(frozen)).toBe(false)
  })

  test('can be started again after it was killed, and after it was stopped', async () => {
    const running = await run(script('echo ready; exec sleep 60'))
    const first = running.pid
    await running.kill()
    await running.restart()
    const second = running.pid
    await running.stop()
    await running.stop()
    await running.restart()
    expect(new Set([first, second, running.pid]).size).toBe(3)
    await running.stop()
  })

  test('that ends before it answers fails at once, and shows the last lines of its log', async () => {
    const began = performance.now()
    const failed = run(script('echo one; echo two; exit 7'))
    await expect(failed).rejects.toMatchObject({ name: 'StartError', code: 'exited', lastLines: ['one', 'two'] })
    await expect(failed).rejects.toThrow('script ended with code 7 before it answered')
    expect(performance.now() - began).toBeLessThan(3_000)
  })

  test('whose command does not exist says so', async () => {
    const failed = run(script('', { command: ['/no/such/command'] }))
    await expect(failed).rejects.toThrow(/\/no\/such\/command.*not found/)
  })

  test('that does not answer in time is ended', async () => {
    const part = script('echo $$; exec sleep 60', { readyMsMax: 300 })
    await expect(run(part)).rejects.toMatchObject({ code: 'not-ready' })
    expect(identify(Number(lastLines(part.logFile)[0]))).toBeNull()
  })

  test('whose port is taken says that', async () => {
    await expect(run(script('echo "bind: address already in use"; exit 1'))).rejects.toMatchObject({
      code: 'port-in-use',
    })
  })

  test('that must wait for its predecessor is tried again', async () => {
    const marker = join(dir, 'predecessor')
    const part = script(
      `[ -e ${marker} ] && { echo ready; exec sleep 60; }; touch ${marker}; echo still there; exit 1`,
      {
        againWhen: /still there/,
      },
    )
    const running = await run(part)
    await running.stop()
    expect(lastLines(part.logFile)).toEqual(['still there', 'ready'])
  })
})

describe('a process that ends without stopping its parts', () => {
  const program = (text: string): string => `
    import { run } from ${JSON.stringify(join(import.meta.dirname, 'run.ts'))}
    const running = await run({
      name: 'script', command: ['sh', '-c', ${JSON.stringify(text)}], logFile: ${JSON.stringify(join(dir, 'orphan.log'))},
      stopSignal: 'SIGTERM', stopMsMax: 1000, readyMsMax: 5000, answers: () => true,
    })
    console.log(running.pid)
    process.stdin.resume()
  `

  test.for(['SIGKILL', 'SIGINT', 'SIGTERM'] as const)('by %s takes them along', async signal => {
    const text = program('trap "" TERM; while :; do sleep 0.05; done')
    const parent = spawn(process.execPath, ['--input-type=module', '-e', text], { stdio: ['pipe', 'pipe', 'inherit'] })
    const [line] = (await once(parent.stdout, 'data')) as [Buffer]
    const orphan = aliveAs(Number(line.toString()))
    parent.kill(signal)
    expect(await until(() => !isAlive(orphan), { msMax: 5_000 })).toBe(true)
  })
})
