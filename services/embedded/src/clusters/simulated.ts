import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Clock, Logger, Timers } from '@rollcall/service'
import { createSimulatedCluster, type NodeShape, type SimulatedCluster } from '@rollcall/simulator'
import { createSimulatedClusterApi } from '@rollcall/simulator/cluster-api'
import { type ServedApi, serveApi } from '@rollcall/simulator/http'
import type { ClusterSource, Mode } from '../contract.ts'
import type { AttendedCluster, AttendedClusters } from './cluster.ts'
import { demoNodes } from './demo-pools.ts'
import { exampleObjects } from './example.ts'
import { readCluster, writeCluster } from './kept-cluster.ts'
import { readingOnly } from './reading-only.ts'

export type SimulatedOptions = {
  readonly source: Extract<ClusterSource, { kind: 'simulated' }>
  readonly mode: Mode
  readonly dir: string
  /** Port of the first; 0: free ones. */
  readonly port: number
  readonly clock: Clock
  readonly timers: Timers
  readonly logger: Logger
}

const defaultNames = ['east', 'west', 'edge']
/** What a crash may cost of a simulated cluster's history. */
const keepEveryMs = 10_000

type Started = { readonly cluster: SimulatedCluster; readonly served: ServedApi; readonly attended: AttendedCluster }

/** Makes the simulated clusters, or goes on with those that were kept, and serves them to kubectl. */
export async function attendSimulatedClusters(options: SimulatedOptions): Promise<AttendedClusters> {
  const { names = defaultNames } = options.source
  const started: Started[] = []
  const kept = new Map<string, string>()
  let cancel: () => void = () => undefined

  function keep(isLast: boolean): void {
    for (const { cluster } of started) {
      const revision = cluster.store.resourceVersion()
      if (!isLast && kept.get(cluster.name) === revision) continue
      writeCluster(fileOf(options.dir, cluster.name), cluster.store, isLast)
      kept.set(cluster.name, revision)
    }
  }

  function keepLater(): void {
    cancel = options.timers.after(keepEveryMs, () => {
      try {
        keep(false)
      } catch (error) {
        options.logger.warn({ error: String(error) }, 'the simulated clusters could not be kept: tried again')
      }
      keepLater()
    })
  }

  async function stop(): Promise<void> {
    cancel()
    for (const { cluster } of started) cluster.stop()
    await Promise.all(started.flatMap(({ served, attended }) => [served.close(), attended.api.close()]))
    keep(true)
  }

  try {
    for (const [index, name] of names.entries()) started.push(await startOne(name, index, options))
    // From now on the file is behind what watchers see.
    keep(false)
    keepLater()
  } catch (error) {
    await stop()
    throw error
  }
  return { clusters: started.map(({ attended }) => attended), stop }
}

const fileOf = (dir: string, name: string): string => join(dir, `${name}.json`)

async function startOne(name: string, index: number, options: SimulatedOptions): Promise<Started> {
  const { source, mode, dir, clock, timers } = options
  const restored = readCluster(fileOf(dir, name))
  const seed = `${source.seed ?? 1}/${restored?.revision ?? 0}`
  const cluster = createSimulatedCluster({ name, seed, clock, timers, ...(restored ? { restored } : {}) })
  for (const shape of restored ? machinesOf(cluster) : demoNodes(name)) cluster.addNode(shape)
  if (!restored && source.example) {
    for (const { resource, namespace, draft } of exampleObjects()) cluster.apply(resource, namespace, draft)
  }
  cluster.start()
  const port = options.port === 0 ? 0 : options.port + index
  const served = await serveApi({
    store: cluster.store,
    clusterName: name,
    port,
    clock,
    timers,
    faults: cluster.faults,
  })
  const kubeconfig = join(dir, `${name}.kubeconfig`)
  writeFileSync(kubeconfig, served.kubeconfig(), { mode: 0o600 })
  const api = createSimulatedClusterApi(cluster, { timers, isReadOnly: mode === 'observe' })
  return {
    cluster,
    served,
    attended: {
      shown: { name, kind: 'simulated', mode, server: served.url, kubeconfig, context: name },
      api: mode === 'observe' ? readingOnly(api) : api,
    },
  }
}

/** The machines behind restored nodes: they start again with their cluster. */
function machinesOf({ store }: SimulatedCluster): readonly NodeShape[] {
  return store.list('nodes', null).map(({ metadata, status }) => {
    const { capacity, nodeInfo } = (status ?? {}) as {
      readonly capacity?: { readonly [resource: string]: string }
      readonly nodeInfo?: { readonly kubeletVersion?: string; readonly architecture?: string }
    }
    return {
      name: metadata.name,
      ...(capacity === undefined ? {} : { capacity }),
      ...(nodeInfo?.kubeletVersion === undefined ? {} : { kubeletVersion: nodeInfo.kubeletVersion }),
      ...(nodeInfo?.architecture === undefined ? {} : { architecture: nodeInfo.architecture }),
    }
  })
}
