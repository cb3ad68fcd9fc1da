import { join } from 'node:path'
import fc from 'fast-check'
import { Kafka, logLevel } from 'kafkajs'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { nodesServed, podsIn, statusOf } from './support/cluster.ts'
import { type Recorder, startRecorder } from './support/recorder.ts'
import { refold } from './support/refold.ts'
import { eventually, type Rollcall, type ServiceName, startRollcall } from './support/rollcall.ts'

const nodes = 200
const image = 'fluent/fluentd:v1.19'
let rollcall: Rollcall
let recorder: Recorder

beforeAll(async () => {
  rollcall = await startRollcall({ clusters: ['east'], nodes })
  rollcall.addService('reconciler')
  rollcall.addService('executor')
  const names = Array.from({ length: nodes }, (_, index) => `node-${index + 1}`)
  recorder = startRecorder(rollcall.cluster('east').kubeconfig, 'logging', names)
})
afterAll(async () => {
  await recorder?.stop()
  await rollcall?.stop()
})

/** Waits until the rollout has come so far: the disturbance then falls into the middle of it, whatever the machine's speed. */
async function updatedPods(atLeast: number): Promise<void> {
  await eventually(async () => {
    const updated = (await podsIn(rollcall, 'east', 'logging')).filter(({ live, image: is }) => live && is === image)
    expect(updated.length).toBeGreaterThanOrEqual(atLeast)
  }, 180_000)
}

/** kill -9 of every process of a service; the first is started again, a second one stays dead. */
async function crash(name: ServiceName): Promise<void> {
  const [first, ...others] = rollcall.services.filter(service => service.name === name)
  for (const service of others) await service.kill()
  await first?.kill()
  first?.start()
}

/** kill -9 of the one process that works on the cluster: the other one of its kind has to take over. */
async function killOwner(name: ServiceName, topic: string): Promise<void> {
  const database = new pg.Client(rollcall.databaseUrl)
  await database.connect()
  try {
    const { rows } = await database.query<{ process: string }>(
      `select process from partition_owners join streams on log_partition = partition
       where cluster = 'east' and partition_owners.topic = $1`,
      [topic],
    )
    const owner = rollcall.services.find(
      service => service.name === name && rows[0]?.process.endsWith(`/${service.pid}`),
    )
    if (!owner) throw new Error(`no ${name} of ours is ${JSON.stringify(rows)}`)
    await owner.kill()
  } finally {
    await database.end()
  }
}

/** Resolves when the one reconciler that lives is the only member of its group, and the group is at rest. */
async function noMoreRebalances(): Promise<void> {
  const kafka = new Kafka({ brokers: rollcall.kafka.brokers, logLevel: logLevel.NOTHING })
  const admin = kafka.admin()
  await admin.connect()
  try {
    await eventually(async () => {
      const { groups } = await admin.describeGroups(['rollcall-reconciler.rollcall.events'])
      expect(groups.map(({ state, members }) => [state, members.length])).toEqual([['Stable', 1]])
    })
  } finally {
    await admin.disconnect()
  }
}

/** The first two, in any order, leave one reconciler and one executor; the others then crash everything there is. */
const disturb = {
  'owning reconciler': () => killOwner('reconciler', 'rollcall.events'),
  'owning executor': () => killOwner('executor', 'rollcall.commands'),
  executor: () => crash('executor'),
  reconciler: () => crash('reconciler'),
  watcher: () => crash('watcher'),
  kafka: async () => {
    await rollcall.kafka.kill()
    await rollcall.kafka.restart()
  },
  postgres: async () => {
    await rollcall.postgres.kill()
    await rollcall.postgres.restart()
  },
}

/** What is disturbed, in an order and at moments (how many pods are new) that chance chose; printed, and repeated by the seed. */
function disturbances(): (readonly [updated: number, name: keyof typeof disturb])[] {
  const seed = Number(process.env.ROLLCALL_CRASH_SEED ?? Date.now() % 2 ** 31)
  const names = Object.keys(disturb) as (keyof typeof disturb)[]
  const shuffled = (some: typeof names) => fc.shuffledSubarray(some, { minLength: some.length, maxLength: some.length })
  const [order = []] = fc.sample(
    fc.tuple(shuffled(names.slice(0, 2)), shuffled(names.slice(2))).map(parts => parts.flat()),
    { seed, numRuns: 1 },
  )
  const length = { minLength: names.length, maxLength: names.length }
  const [moments = []] = fc.sample(fc.uniqueArray(fc.integer({ min: 1, max: nodes - 5 }), length), { seed, numRuns: 1 })
  const chosen = moments.sort((a, b) => a - b).map((updated, index) => [updated, order[index] ?? 'executor'] as const)
  console.log(`ROLLCALL_CRASH_SEED=${seed}: ${chosen.map(([updated, name]) => `${name} at ${updated}`).join(', ')}`)
  return chosen
}

test('a rollout over 200 nodes completes through crashes of everything, with never two pods on a node', async () => {
  await rollcall.kubectl('east', 'apply', '-f', join(import.meta.dirname, '../../examples/fluentd.yaml'))
  const patch = { spec: { updateStrategy: { rollingUpdate: { maxUnavailable: '10%' } } } }
  await rollcall.kubectl('east', '-n', 'logging', 'patch', 'ds', 'fluentd', '-p', JSON.stringify(patch))
  await eventually(async () => expect(await nodesServed(rollcall, 'east', 'logging')).toHaveLength(nodes), 180_000)

  await rollcall.kubectl('east', '-n', 'logging', 'set', 'image', 'ds/fluentd', `fluentd=${image}`)
  for (const [updated, name] of disturbances()) {
    await updatedPods(updated)
    await disturb[name]()
  }

  await eventually(async () => {
    const status = await statusOf(rollcall, 'east', 'logging', 'fluentd')
    expect(status).toMatchObject({
      updatedNumberScheduled: nodes,
      numberAvailable: nodes,
      desiredNumberScheduled: nodes,
    })
    expect(new Set(await nodesServed(rollcall, 'east', 'logging')).size).toBe(nodes)
  }, 300_000)
  expect(recorder.twins).toEqual([])

  const database = new pg.Client(rollcall.databaseUrl)
  await database.connect()
  try {
    await eventually(async () => {
      const { rows } = await database.query<{ pod_uid: string }>('select distinct pod_uid from placements')
      const recorded = new Set(rows.map(row => row.pod_uid))
      expect(recorder.stays().filter(({ uid }) => !recorded.has(uid))).toEqual([])
    })
    // No creation was decided twice: a duplicate would have been pruned.
    const pruned = await database.query(`select node, facts from decisions where rule = 'duplicate'`)
    expect(pruned.rows).toEqual([])
    const open = await database.query<{ node: string; n: number }>(
      'select node, count(*)::int as n from placements where closed_at is null group by node having count(*) > 1',
    )
    expect(open.rows).toEqual([])
  } finally {
    await database.end()
  }

  // Kafka was restarted perhaps just now, and gives partitions away once more when it finds the killed members gone.
  await noMoreRebalances()
  await rollcall.cluster('east').addNodes(['last'])
  await eventually(async () => expect(await nodesServed(rollcall, 'east', 'logging')).toContain('last'))
  // A graceful stop leaves a snapshot of the live state.
  for (const service of rollcall.services) await service.kill('SIGTERM')
  const folded = await refold(rollcall.databaseUrl, 'east')
  expect(folded.snapshot).toEqual({ position: folded.position, fingerprint: folded.fromStart })
  expect(folded.fromSnapshot).toBe(folded.fromStart)
}, 900_000)
