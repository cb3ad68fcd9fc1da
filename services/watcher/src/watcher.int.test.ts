import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eventCodec, type Kind, kinds, topics } from '@rollcall/contracts'
import { createKafkaEventLog, type EventLog } from '@rollcall/event-log'
import {
  type ControlPlane,
  type Kafka,
  type Postgres,
  startControlPlane,
  startKafka,
  startPostgres,
} from '@rollcall/infra'
import { type ClusterApi, connectClusters } from '@rollcall/kube'
import {
  createHealth,
  createMemoryLogger,
  createRegistry,
  silentLogger,
  systemClock,
  systemTimers,
} from '@rollcall/service'
import { createPostgresStore, migrate, type Store } from '@rollcall/store'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { slimmerOf } from './kinds.ts'
import { FoldedView } from './testing/folded-view.ts'
import { inWords, settings } from './testing/harness.ts'
import { startWatcher, type Watcher } from './watcher.ts'

let directory: string
let kafka: Kafka
let postgres: Postgres
let cluster: ControlPlane
let api: ClusterApi
let log: EventLog
const view = new FoldedView()
/** Events read back from Kafka, in words. */
const read: string[] = []
/** Their bytes. */
let bytes = ''

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'rollcall-watcher-int-'))
  kafka = await startKafka({ dir: join(directory, 'kafka'), via: 'native' })
  postgres = await startPostgres({ dir: join(directory, 'postgres'), via: 'native' })
  cluster = await startControlPlane({ name: 'east', dir: join(directory, 'east'), daemonSetController: true })
  await migrate(postgres.url)
  api = connect()
  log = createKafkaEventLog({ brokers: kafka.brokers, clientId: 'test', logger: silentLogger })
  await log.ensureTopics()
  await log.subscribe({
    topic: topics.events,
    group: 'watcher-test',
    consumer: {
      assigned: async () => null,
      async batch(batch) {
        for (const { value } of batch.records) {
          const decoded = eventCodec.decode(value)
          if (!decoded.ok) throw new Error(decoded.failure.reason)
          bytes += Buffer.from(value).toString('utf8')
          view.fold(decoded.value)
          read.push(inWords(decoded.value))
        }
      },
      revoked: async () => undefined,
    },
  })
})
afterAll(async () => {
  await api?.close()
  await log?.close()
  await cluster?.stop()
  await kafka?.stop()
  await postgres?.stop()
  rmSync(directory, { recursive: true, force: true })
})

const connect = () => connectClusters([{ file: cluster.kubeconfig }])[0] as ClusterApi

/** One watcher process: its own connections to everything. */
function startProcess(name: string, file = cluster.kubeconfig) {
  const store = createPostgresStore({ url: postgres.url, applicationName: name })
  const eventLog = createKafkaEventLog({ brokers: kafka.brokers, clientId: name, logger: silentLogger })
  const clusters = connectClusters([{ file, name: 'east' }])
  const logger = createMemoryLogger()
  const health = createHealth(systemTimers)
  // No reconciler runs here: the view stands in for what it would have stored.
  const reading: Pick<Store, 'tryLease' | 'watchPositions' | 'clusterUid'> = {
    tryLease: lease => store.tryLease(lease),
    watchPositions: async () => new Map(view.positions),
    clusterUid: async () => view.clusterUid,
  }
  const watcher: Watcher = startWatcher(
    {
      clusters,
      eventLog,
      store: reading,
      clock: systemClock,
      timers: systemTimers,
      random: Math.random,
      logger,
      health,
      registry: createRegistry({ service: name, process: false }),
    },
    { ...settings, leaseRetryMs: 300, rightsRetryMs: 500 },
  )
  let stopped: Promise<void> | null = null
  const end = async () => {
    await watcher.stop()
    await Promise.all(clusters.map(it => it.close()))
    await eventLog.close()
    await store.close()
  }
  const stop = () => {
    stopped ??= end()
    return stopped
  }
  processes.push(stop)
  return { watcher, logger, health, stop }
}

/** A test that fails must not leave a watcher that holds the lease. */
const processes: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const stop of processes.splice(0)) await stop()
})

/** What is in the cluster and of interest, as facts. */
async function truth(): Promise<string[]> {
  const facts: string[] = []
  for (const kind of kinds) {
    const page = await api.list(kind, { limit: 5000 })
    const slims = page.items.map(slimmerOf(kind, 'relevant')).filter(slim => slim.isInSet)
    facts.push(...slims.map(slim => JSON.stringify({ ...slim.facts, resourceVersion: '' })))
  }
  return facts.sort()
}
const seen = () => [...view.objects.values()].map(held => sortedJson(held.facts)).sort()
/** Facts read back have their keys sorted by the codec. */
const sortedJson = (value: unknown) => JSON.stringify(value, sortKeys)
function sortKeys(_: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
}
async function converges(): Promise<void> {
  await expect
    .poll(
      async () => {
        const real = (await truth()).map(text => sortedJson(JSON.parse(text))).sort()
        const known = seen()
        return {
          missing: real.filter(text => !known.includes(text)),
          tooMuch: known.filter(text => !real.includes(text)),
        }
      },
      { timeout: 60_000, interval: 300 },
    )
    .toEqual({ missing: [], tooMuch: [] })
}
const count = (kind: Kind) => [...view.objects.values()].filter(held => held.kind === kind).length

const daemonSet = (secret: string) => ({
  apiVersion: 'apps/v1',
  kind: 'DaemonSet',
  metadata: { name: 'agent' },
  spec: {
    selector: { matchLabels: { app: 'agent' } },
    template: {
      metadata: { labels: { app: 'agent' } },
      spec: { containers: [{ name: 'c', image: 'agent:1', env: [{ name: 'TOKEN', value: secret }] }] },
    },
  },
})

it('the log tells what is in the cluster: through a rollout, a restarted API server and a change of watchers', async () => {
  const first = startProcess('watcher-1')
  await cluster.addNodes(20)
  await api.create('DaemonSet', 'default', daemonSet('S3CRET-1'))
  await expect.poll(() => count('Pod'), { timeout: 60_000 }).toBe(20)
  await converges()

  // A rollout, while the API server dies and comes back.
  const address = { resource: 'DaemonSet', namespace: 'default', name: 'agent' } as const
  const image = { name: 'c', image: 'agent:2', env: [{ name: 'TOKEN', value: 'S3CRET-2' }] }
  await api.patch(address, 'strategic', { spec: { template: { spec: { containers: [image] } } } })
  await cluster.components.apiserver.restart()
  await expect.poll(() => count('ControllerRevision'), { timeout: 60_000 }).toBe(2)
  const { resourceVersion } = await api.list('Node', { limit: 1 })
  await converges()

  // Another watcher stands by, takes over, and resumes: no list.
  const second = startProcess('watcher-2')
  await expect.poll(() => second.watcher.states().get('east')?.at).toBe('standby')
  // As a bookmark within the next minute would: the restarted API server knows nothing of what was before it.
  for (const kind of kinds) view.positions.set(kind, resourceVersion)
  const relists = () => read.filter(word => word.startsWith('RelistStarted')).length
  const before = relists()
  await first.stop()
  await api.delete({ resource: 'Node', name: 'node-3' }, {})
  await expect.poll(() => second.watcher.states().get('east')?.at, { timeout: 20_000 }).toBe('observing')
  await converges()
  expect(count('Node')).toBe(19)
  expect(relists()).toBe(before)

  expect(bytes).toContain('"name":"TOKEN","value":"sha256:')
  expect(bytes).not.toContain('S3CRET')
  expect(first.logger.lines.filter(line => line.level === 'error')).toEqual([])
  await second.stop()
})

it('credentials without rights are told, and nothing is published', async () => {
  const published = read.length
  const nobody = startProcess('watcher-3', await cluster.kubeconfigFor('nobody'))
  const check = async () => (await nobody.health.readiness()).checks['cluster east']
  await expect
    .poll(check, { timeout: 20_000 })
    .toContain('the credentials for east lack rights: list nodes, watch nodes')
  await nobody.stop()
  expect(read.length).toBe(published)
})

it('the process starts from flags, is ready, and ends with its work done at SIGTERM', async () => {
  const flags = ['--clusters', `east=${cluster.kubeconfig}`, '--kafka-brokers', kafka.brokers.join(',')]
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, 'main.ts'), ...flags, '--postgres-url', postgres.url, '--mode', 'control'],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text
  })
  const exited = new Promise(resolve => child.on('exit', resolve))
  const ready = async () => {
    const url = /"health":"([^"]+)"/.exec(output)?.[1]
    return url === undefined ? 0 : (await fetch(`${url}/readyz`)).status
  }
  try {
    await expect.poll(ready, { timeout: 30_000 }).toBe(200)
    await expect.poll(() => read.some(word => word.endsWith(' control')), { timeout: 20_000 }).toBe(true)
    child.kill('SIGTERM')
    expect(await exited).toBe(0)
  } finally {
    child.kill('SIGKILL')
  }
  expect(output).toContain('watcher stopped')
})
