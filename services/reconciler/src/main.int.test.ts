import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { newestAnchors } from '@rollcall/archive'
import { createKafkaEventLog, type EventLog } from '@rollcall/event-log'
import {
  type Kafka,
  type ObjectStore,
  type Postgres,
  startKafka,
  startObjectStore,
  startPostgres,
} from '@rollcall/infra'
import { systemClock } from '@rollcall/service'
import {
  checkpointKey,
  createPostgresStore,
  migrate,
  newCheckpointKey,
  type PostgresStore,
  readAnchors,
} from '@rollcall/store'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { daemonsetCore } from './daemonset-core.ts'
import { createSyntheticCluster } from './testing/synthetic-cluster.ts'
import { appendEvents, startSyntheticExecutor } from './testing/synthetic-executor.ts'
import { until } from './testing/until.ts'

/** The process as it is deployed, with the real core, on a real broker and a real database. */

const dir = mkdtempSync(join(tmpdir(), 'rollcall-reconciler-main-'))
let kafka: Kafka
let postgres: Postgres
let objects: ObjectStore
let log: EventLog
let store: PostgresStore
const children: ChildProcess[] = []

beforeAll(async () => {
  ;[kafka, postgres, objects] = await Promise.all([
    startKafka({ dir: join(dir, 'kafka'), via: 'native' }),
    startPostgres({ dir: join(dir, 'postgres'), via: 'native' }),
    startObjectStore({ dir: join(dir, 'objects'), buckets: ['anchors'] }),
  ])
  // Where the library finds them; the processes inherit them.
  process.env.AWS_ACCESS_KEY_ID = objects.accessKeyId
  process.env.AWS_SECRET_ACCESS_KEY = objects.secretAccessKey
  log = createKafkaEventLog({ brokers: kafka.brokers, clientId: 'test' })
  store = createPostgresStore({ url: postgres.url, applicationName: 'test' })
}, 300_000)
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL')
  await log?.close()
  await store?.close()
  await kafka?.stop()
  await postgres?.stop()
  await objects?.stop()
  rmSync(dir, { recursive: true, force: true })
}, 60_000)

type LogLine = { readonly level: string; readonly msg: string; readonly health?: string }

/** Starts the process; collects what it logs. */
function run(...options: string[]) {
  const main = join(import.meta.dirname, 'main.ts')
  const child = spawn(process.execPath, [main, '--kafka-brokers', kafka.brokers.join(','), ...options], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  children.push(child)
  const lines: LogLine[] = []
  createInterface({ input: child.stdout }).on('line', line => lines.push(JSON.parse(line)))
  const exited = once(child, 'exit').then(([code, signal]) => code ?? signal)
  const health = () => lines.find(line => line.health !== undefined)?.health
  const ready = async () => {
    const url = health()
    if (url === undefined) return null
    const response = await fetch(`${url}/readyz`)
    return (await response.json()) as { ready: boolean; facts: { partitions?: unknown[] } }
  }
  return { child, lines, exited, health, ready }
}

test('a database without the schema ends it with one clear line', async () => {
  const { lines, exited } = run('--postgres-url', await postgres.createDatabase('empty'))
  expect(await exited).toBe(1)
  const errors = lines.filter(({ level }) => level === 'error')
  expect(errors).toHaveLength(1)
  expect(errors[0]?.msg).toMatch(/^reconciler cannot start: database empty .*schema.*migrate/)
})

test('anchors without a key, or where they cannot be written, end it with one clear line', async () => {
  const key = join(dir, 'key.pem')
  writeFileSync(key, newCheckpointKey())
  const noWhere = ['--postgres-url', postgres.url, '--checkpoint-anchor-file', join(dir, 'nowhere', 'anchors.jsonl')]
  const [keyless, placeless] = [run(...noWhere), run(...noWhere, '--checkpoint-key-file', key)]
  expect(await Promise.all([keyless.exited, placeless.exited])).toEqual([1, 1])
  const errors = [keyless, placeless].map(({ lines }) => lines.filter(({ level }) => level === 'error'))
  expect(errors).toMatchObject([
    [{ msg: expect.stringContaining('--checkpoint-anchor-file need --checkpoint-key-file') }],
    [{ msg: expect.stringMatching(/anchors\.jsonl cannot be written: ENOENT/) }],
  ])
})

test('killed in the middle of a rollout, a new process carries on; asked to stop, it leaves a snapshot and anchors', async () => {
  await migrate(postgres.url)
  await log.ensureTopics()
  const size = { nodes: 300, daemonSets: 5 }
  const cluster = createSyntheticCluster('north', size, systemClock.now)
  const other = createSyntheticCluster('south', size, systemClock.now)
  const executor = await startSyntheticExecutor(log, [cluster, other])
  const [key, anchorFile] = [join(dir, 'signing.pem'), join(dir, 'anchors.jsonl')]
  writeFileSync(key, newCheckpointKey())
  const bucket = `s3://anchors/fleet?endpoint=${objects.endpoint}`
  const signing = [
    ...['--checkpoint-key-file', key, '--checkpoint-anchor-file', anchorFile],
    ...['--checkpoint-anchor', bucket],
  ]
  const options = ['--postgres-url', postgres.url, '--verify-fingerprints', ...signing]

  const first = run(...options)
  await until('it owns all partitions', async () => (await first.ready())?.facts.partitions?.length === 12)
  expect((await first.ready())?.ready).toBe(true)
  await appendEvents(log, cluster.listed())
  await until('a third of the pods is created', () => cluster.podCount() >= 500)
  first.child.kill('SIGKILL')
  expect(await first.exited).toBe('SIGKILL')

  // What came while nobody was there.
  await appendEvents(log, other.listed())
  const second = run(...options)
  await until('it owns all partitions', async () => (await second.ready())?.facts.partitions?.length === 12)
  await until('every node has its pods', () => cluster.podCount() === 1_500 && other.podCount() === 1_500)
  await until('all outcomes are folded', async () => (await store.unpublishedCommands(['north'])).length === 0)
  const metrics = await (await fetch(`${second.health()}/metrics`)).text()
  expect(metrics).toMatch(/rollcall_reconciler_partitions\{[^}]*\} 12/)
  second.child.kill('SIGTERM')
  expect(await second.exited).toBe(0)

  const state = daemonsetCore.createState('north')
  const created = new Set<string>()
  for await (const entry of store.readLedger('north')) {
    if (entry.kind === 'event') {
      expect(daemonsetCore.evolve(state, entry.event)).not.toBe(null)
      continue
    }
    daemonsetCore.applyDecision(state, entry.point)
    for (const command of entry.point.commands) {
      if (command.type === 'CreatePod') created.add(`${command.daemonSet.name} on ${command.node}`)
    }
  }
  expect(created.size).toBe(1_500)
  const { snapshot, lastPosition } = await store.loadStream('north')
  expect([snapshot?.position, snapshot?.fingerprint]).toEqual([lastPosition, daemonsetCore.fingerprint(state)])
  const anchors = readAnchors(readFileSync(anchorFile, 'utf8'), anchorFile).checkpoints
  expect(await store.verifyChain('north', { anchors, keys: [checkpointKey(readFileSync(key, 'utf8'))] })).toMatchObject(
    {
      ok: true,
      checkpoints: { uncovered: 0, anchors: { lastPosition } },
    },
  )
  const kept = await newestAnchors(bucket)
  expect(
    kept.map(anchor => [anchor.cluster, anchors.filter(({ cluster }) => cluster === anchor.cluster).at(-1)]),
  ).toEqual(kept.map(anchor => [anchor.cluster, anchor]))
  expect(kept.map(anchor => anchor.cluster)).toEqual(['north', 'south'])
  expect([...first.lines, ...second.lines].filter(({ level }) => level === 'error')).toEqual([])
  await executor.close()
})
