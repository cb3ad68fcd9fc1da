import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { startControlPlane } from '@rollcall/infra'
import { connectClusters } from '@rollcall/kube'
import { createHealth, createRegistry, silentLogger, systemClock, systemTimers } from '@rollcall/service'
import { startWatcher } from '../src/watcher.ts'

/**
 * What one watched change costs: another process creates and deletes pods on a real API server; this one watches all
 * pods and appends to a log that takes everything. Prints CPU per change, how many it kept up with, and memory.
 */
const count = process.argv[2] ?? '5000'
const directory = mkdtempSync(join(tmpdir(), 'rollcall-watcher-bench-'))
const cluster = await startControlPlane({ name: 'bench', dir: join(directory, 'bench') })
const clusters = connectClusters([{ file: cluster.kubeconfig }])
let records = 0
let appends = 0
let bytes = 0
const watcher = startWatcher(
  {
    clusters,
    eventLog: {
      async append(_, batch) {
        appends += 1
        records += batch.length
        for (const { value } of batch) bytes += value.length
      },
    },
    store: {
      tryLease: async () => ({ lost: new AbortController().signal, release: async () => undefined }),
      watchPositions: async () => new Map(),
      clusterUid: async () => null,
    },
    clock: systemClock,
    timers: systemTimers,
    random: Math.random,
    logger: silentLogger,
    health: createHealth(systemTimers),
    registry: createRegistry({ service: 'bench', process: false }),
  },
  {
    mode: 'observe',
    guard: null,
    creationRate: null,
    controlClusters: [],
    pods: 'all',
    relist: false,
    pageSize: 500,
    silenceMs: 240_000,
    queueMax: 2000,
    leaseRetryMs: 5000,
    rightsRetryMs: 5000,
    audit: null,
    progressMs: 60_000,
  },
)
try {
  const kube = dirname(createRequire(import.meta.url).resolve('@rollcall/kube'))
  const cpu = process.cpuUsage()
  const startedAt = performance.now()
  const flags = ['--kubeconfig', cluster.kubeconfig, '--count', count, '--only', 'ours']
  const child = spawn(process.execPath, [join(kube, '../bench/requests.ts'), ...flags], { stdio: 'inherit' })
  await new Promise(resolve => child.on('exit', resolve))
  const seconds = (performance.now() - startedAt) / 1000
  const { user, system } = process.cpuUsage(cpu)
  const perEvent = (user + system) / records
  console.log(
    `${records} events in ${seconds.toFixed(1)} s, ${appends} appends; ${perEvent.toFixed(0)} µs CPU and ` +
      `${Math.round(bytes / records)} bytes each; ${Math.round(process.memoryUsage().rss / 1e6)} MB resident`,
  )
} finally {
  await watcher.stop()
  await Promise.all(clusters.map(it => it.close()))
  await cluster.stop()
  rmSync(directory, { recursive: true })
}
