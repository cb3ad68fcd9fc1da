import type { Command, CommandSettled } from '@rollcall/contracts'
import { connectClusters } from '@rollcall/kube'
import { createMemoryLogger, systemClock, systemTimers } from '@rollcall/service'
import type { Store } from '@rollcall/store'
import { type ExecutorOptions, startExecutor } from '../index.ts'
import { noMetrics } from '../metrics.ts'
import { ScriptedLog } from './scripted-log.ts'
import { ScriptedStore } from './scripted-store.ts'

/** Asks again until it is so; fails with `what` when it is not within the bound. */
export async function until<T>(
  what: string,
  ask: () => Promise<T | null | undefined | false>,
  msMax = 60_000,
): Promise<T> {
  const end = Date.now() + msMax
  for (;;) {
    const answer = await ask()
    if (answer) return answer
    if (Date.now() > end) throw new Error(`not within ${msMax / 1_000} s: ${what}`)
    await new Promise(resolve => setTimeout(resolve, 50))
  }
}

/** An executor on a real API server, with a log and a store in memory. */
export async function startOnReal(kubeconfig: string, options: Partial<ExecutorOptions> = {}) {
  const [api] = connectClusters([{ file: kubeconfig, name: 'c1' }], { limits: { connectionsMax: 256 } })
  if (!api) throw new Error(`no cluster in ${kubeconfig}`)
  const log = new ScriptedLog()
  const store = new ScriptedStore()
  const logger = createMemoryLogger()
  const executor = await startExecutor(
    {
      log,
      store: store as Partial<Store> as Store,
      clusterApi: name => (name === 'c1' ? api : undefined),
      clusters: ['c1'],
      clock: systemClock,
      timers: systemTimers,
      random: Math.random,
      logger,
      metrics: noMetrics,
      process: 'integration test',
    },
    options,
  )
  await log.assign()
  const outcomeOf = (id: string) =>
    log.events.find((event): event is CommandSettled => event.type === 'CommandSettled' && event.commandId === id)
  return {
    api,
    log,
    store,
    logger,
    executor,
    /** Delivers commands and waits for their outcomes, in order. */
    async run(...commands: readonly Command[]): Promise<CommandSettled[]> {
      await log.deliver(...commands)
      await until('all outcomes', async () => commands.every(({ id }) => outcomeOf(id)), 120_000)
      return commands.flatMap(({ id }) => outcomeOf(id) ?? [])
    },
    async close(): Promise<void> {
      await executor.stop()
      await api.close()
    },
  }
}
