import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Clock, errorFacts, type Logger, type Timers } from '@rollcall/service'
import {
  createRandom,
  createSimulatedCluster,
  type DemoCluster,
  demoClusters,
  machinesOf,
  type NodeShape,
  playStory,
  type SimulatedCluster,
  type Story,
  storyNamed,
} from '@rollcall/simulator'
import { createSimulatedClusterApi } from '@rollcall/simulator/cluster-api'
import { type ServedApi, serveApi } from '@rollcall/simulator/http'
import type { ClusterSource, EmbeddedOptions, Mode } from '../contract.ts'
import { EmbeddedError } from '../errors.ts'
import type { AttendedCluster, AttendedClusters } from './cluster.ts'
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
} & Pick<EmbeddedOptions, 'onStory'>

/** What a crash may cost of a simulated cluster's history. */
const keepEveryMs = 10_000

type Started = { readonly cluster: SimulatedCluster; readonly served: ServedApi; readonly attended: AttendedCluster }

/** Makes the simulated clusters, or goes on with those that were kept, and serves them to kubectl. */
export async function attendSimulatedClusters(options: SimulatedOptions): Promise<AttendedClusters> {
  const demos = demosOf(options.source)
  const story = options.source.story ? storyNamed(options.source.story) : null
  const started: Started[] = []
  const kept = new Map<string, string>()
  let trouble: string | null = null
  let cancel: () => void = () => undefined
  let endStory: () => void = () => undefined

  /** All are tried. @throws EmbeddedError, the first */
  function keep(isLast: boolean): void {
    const failures: unknown[] = []
    for (const { cluster } of started) {
      const revision = cluster.store.resourceVersion()
      if (!isLast && kept.get(cluster.name) === revision) continue
      try {
        writeCluster(fileOf(options.dir, cluster.name), cluster.store, isLast)
        kept.set(cluster.name, revision)
      } catch (error) {
        failures.push(error)
      }
    }
    if (failures.length > 0) throw failures[0]
  }

  function keepLater(): void {
    cancel = options.timers.after(keepEveryMs, () => {
      try {
        keep(false)
        trouble = null
      } catch (error) {
        if (!(error instanceof EmbeddedError)) throw error
        trouble = error.message
        options.logger.warn(errorFacts(error), 'the simulated clusters could not be kept: tried again')
      }
      keepLater()
    })
  }

  /** Begins the story; gives back how to end it. */
  function play(told: Story): () => void {
    const cast = {
      clusters: started.map(({ cluster }) => cluster),
      demos: new Map(demos.map(demo => [demo.name, demo])),
      random: createRandom(`${options.source.seed ?? 1}/story`),
    }
    const playing = playStory(told, cast, options.timers, options.onStory ?? (() => undefined))
    playing.ended.catch(error => options.logger.error(errorFacts(error), 'the story broke off'))
    return () => playing.stop()
  }

  async function stop(): Promise<void> {
    cancel()
    endStory()
    for (const { cluster } of started) cluster.stop()
    await Promise.all(started.flatMap(({ served, attended }) => [served.close(), attended.api.close()]))
    keep(true)
  }

  try {
    for (const [index, demo] of demos.entries()) started.push(await startOne(demo, index, options))
    // From now on the file is behind what watchers see.
    keep(false)
    keepLater()
    if (story) endStory = play(story)
  } catch (error) {
    await stop().catch(stopError => options.logger.error(errorFacts(stopError), 'a failed start was not all stopped'))
    throw error
  }
  return { clusters: started.map(({ attended }) => attended), trouble: () => trouble, stop }
}

/** The demo clusters that are asked for. @throws EmbeddedError */
export function demosOf({ names }: SimulatedOptions['source']): readonly DemoCluster[] {
  if (names === undefined) return demoClusters
  return names.map(name => {
    const demo = demoClusters.find(other => other.name === name)
    if (demo) return demo
    const known = demoClusters.map(other => other.name).join(', ')
    throw new EmbeddedError('cluster', `there is no simulated cluster ${JSON.stringify(name)}`, `take one of ${known}`)
  })
}

const fileOf = (dir: string, name: string): string => join(dir, `${name}.json`)

async function startOne(demo: DemoCluster, index: number, options: SimulatedOptions): Promise<Started> {
  const { name } = demo
  const { source, dir, clock, timers } = options
  const restored = readCluster(fileOf(dir, name))
  const machines = `${source.seed ?? 1}`
  // Another one each time, or uids would come again.
  const seed = `${machines}/${restored?.revision ?? 0}`
  const cluster = createSimulatedCluster({ name, seed, clock, timers, ...(restored ? { restored } : {}) })
  for (const shape of restored ? restartedMachines(cluster) : machinesOf(demo, machines)) cluster.addNode(shape)
  if (!restored && source.example) {
    for (const { resource, namespace, draft } of exampleObjects()) cluster.apply(resource, namespace, draft)
  }
  cluster.start()
  try {
    return await serve(cluster, options.port === 0 ? 0 : options.port + index, options)
  } catch (error) {
    cluster.stop()
    throw error
  }
}

async function serve(cluster: SimulatedCluster, port: number, options: SimulatedOptions): Promise<Started> {
  const { name } = cluster
  const { mode, dir, clock, timers, logger } = options
  const served = await serveApi({
    store: cluster.store,
    clusterName: name,
    port,
    clock,
    timers,
    faults: cluster.faults,
    // One request that fails must not end everybody's clusters.
    onDefect: error =>
      logger.error({ cluster: name, ...errorFacts(error) }, 'a request to the simulated cluster failed'),
  })
  const kubeconfig = join(dir, `${name}.kubeconfig`)
  try {
    writeFileSync(kubeconfig, served.kubeconfig(), { mode: 0o600 })
  } catch (error) {
    await served.close()
    throw error
  }
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
function restartedMachines({ store }: SimulatedCluster): readonly NodeShape[] {
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
