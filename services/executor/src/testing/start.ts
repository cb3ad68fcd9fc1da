import type { ClusterApi } from '@rollcall/kube'
import { createManualTime, createMemoryLogger } from '@rollcall/service'
import type { Store } from '@rollcall/store'
import { type ExecutorOptions, startExecutor } from '../index.ts'
import { noMetrics } from '../metrics.ts'
import { FakeCluster } from './fake-cluster.ts'
import { putDaemonSet } from './make.ts'
import { ScriptedLog } from './scripted-log.ts'
import { ScriptedStore } from './scripted-store.ts'

/** An executor between fakes, under virtual time, with partition 0 assigned. */
export async function startOnFakes(
  options: { readonly clusters?: readonly string[]; readonly executor?: Partial<ExecutorOptions> } = {},
) {
  const log = new ScriptedLog()
  const store = new ScriptedStore()
  const time = createManualTime()
  const logger = createMemoryLogger()
  const names = options.clusters ?? ['c1']
  const clusters = new Map(names.map(name => [name, new FakeCluster(name)]))
  for (const cluster of clusters.values()) putDaemonSet(cluster)
  const [first] = clusters.values()
  if (!first) throw new Error('a test without a cluster')
  /** Credentials; a test may add some later. */
  const apis = new Map<string, ClusterApi>(clusters)
  const executor = await startExecutor(
    {
      log,
      store: store as Partial<Store> as Store,
      clusterApi: name => apis.get(name),
      clusters: names,
      clock: time.clock,
      timers: time.timers,
      random: () => 0.5,
      logger,
      metrics: noMetrics,
      process: 'test',
    },
    options.executor,
  )
  await log.assign()
  const cluster = (name: string): FakeCluster => {
    const found = clusters.get(name)
    if (!found) throw new Error(`no cluster ${name}`)
    return found
  }
  return { log, store, time, logger, executor, apis, cluster, c1: first }
}
