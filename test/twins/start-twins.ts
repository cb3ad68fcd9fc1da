import { spawn } from 'node:child_process'
import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { type ControlPlane, startControlPlane } from '@rollcall/infra'
import { expectUpReplays } from '../support/expect-replay.ts'
import { fenceIn } from './fence.ts'
import type { Twins } from './play-story.ts'
import { sideOf } from './side.ts'

const bin = join(import.meta.dirname, '../../packages/cli/bin/rollcall.js')

/** Without the pod garbage collector: a step does its work (`collect`), at the same time on both sides. */
const controllers = [
  'namespace-controller',
  'garbage-collector-controller',
  'node-lifecycle-controller',
  'taint-eviction-controller',
  'clusterrole-aggregation-controller',
]

export type RunningTwins = Twins & { stop(): Promise<void> }

/**
 * Two control planes that are the same but for who runs the DaemonSets: the built-in controller, or Rollcall as one
 * installs it (`rollcall up --control`: all services in one process, log and record in Postgres).
 * @param dir data and logs of both
 */
export async function startTwins(dir: string, say: (line: string) => void): Promise<RunningTwins> {
  const stops: (() => Promise<unknown>)[] = []
  const stop = async () => {
    for (const each of stops.splice(0).reverse()) await each()
  }
  try {
    say('starts two control planes')
    const plane = async (name: string, daemonSetController: boolean): Promise<ControlPlane> => {
      const started = await startControlPlane({ name, dir: join(dir, name), daemonSetController, controllers })
      stops.push(() => started.stop())
      return started
    }
    const theirs = await plane('built-in', true)
    const ours = await plane('rollcall', false)
    say('starts Rollcall')
    stops.push(await startRollcall(dir, ours.kubeconfig))
    const builtIn = sideOf('built-in', theirs.kubeconfig)
    const rollcall = sideOf('Rollcall', ours.kubeconfig)
    stops.push(
      () => builtIn.close(),
      () => rollcall.close(),
    )
    return { builtIn, rollcall, fence: fenceIn(rollcall.api, rollcall.view), stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Resolves when it watches the cluster. @returns what ends it */
async function startRollcall(dir: string, kubeconfig: string): Promise<() => Promise<unknown>> {
  const words = ['up', '--kubeconfig', kubeconfig, '--control', '--no-guard', '--data', join(dir, 'up'), '--port', '0']
  const child = spawn(process.execPath, [bin, ...words], { stdio: ['ignore', 'pipe', 'pipe'] })
  const ended = new Promise<number | null>(resolve => child.once('close', resolve))
  let said = ''
  const ready = new Promise<void>(resolve => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        said += chunk
        appendFileSync(join(dir, 'rollcall-up.log'), chunk)
        if (said.includes('Try next')) resolve()
      })
    }
  })
  const failed = ended.then(code => Promise.reject(new Error(`rollcall up ended with code ${code}: ${said}`)))
  await Promise.race([ready, failed])
  failed.catch(() => undefined)
  return async () => {
    try {
      await expectUpReplays(join(dir, 'up'))
    } finally {
      child.kill('SIGTERM')
      await ended
    }
  }
}
