import { type Command, type CommandSettled, commandCodec, eventCodec, topics } from '@rollcall/contracts'
import { createMemoryBroker, createMemoryEventLog, EventLogError, type MemoryEventLog } from '@rollcall/event-log'
import { UnreachableError } from '@rollcall/kube'
import { createManualTime, silentLogger } from '@rollcall/service'
import { createMemoryStore, createMemoryTables } from '@rollcall/store'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { executorGroup, type RunningExecutor, startExecutor } from './index.ts'
import { noMetrics } from './metrics.ts'
import { apiError, FakeCluster } from './testing/fake-cluster.ts'
import { createPodCommand, putDaemonSet, statusCommand } from './testing/make.ts'

const clusterNames = ['c1', 'c2', 'c3', 'c4']

/** What can go wrong, at any edge. */
const mishap = fc.oneof(
  fc.constant('rebalance' as const),
  fc.constant('append fails before' as const),
  fc.constant('append fails after' as const),
  fc.constant('redelivery' as const),
  fc.constant('an executor dies, its zombie works on' as const),
  fc.constant('an executor stops' as const),
  fc.constant('a cluster goes away' as const),
  fc.constant('a cluster comes back' as const),
)
const story = fc.record({
  seed: fc.integer(),
  steps: fc.array(fc.record({ mishap, cluster: fc.constantFrom(...clusterNames), waitMs: fc.nat(2_500) }), {
    minLength: 3,
    maxLength: 15,
  }),
})

test('whatever goes wrong: every command has its outcome, every pod is made once, every offset reaches the end', async () => {
  await fc.assert(fc.asyncProperty(story, play), { numRuns: 40 })
})

async function play({ seed, steps }: { seed: number; steps: { mishap: string; cluster: string; waitMs: number }[] }) {
  const time = createManualTime()
  const random = randomFrom(seed)
  const broker = createMemoryBroker({ partitions: 3, timers: time.timers })
  const tables = createMemoryTables()
  const clusters = new Map(clusterNames.map(name => [name, new FakeCluster(name)]))
  const away = new Set<string>()
  for (const [name, cluster] of clusters) {
    putDaemonSet(cluster)
    // Every request takes its time, and some fail before or after they took effect.
    cluster.interfere = async (call, signal) => {
      await new Promise<void>(resolve => void time.timers.after(1 + random() * 40, resolve))
      signal?.throwIfAborted()
      if (away.has(name)) throw new UnreachableError('connection refused')
      const luck = random()
      if (luck < 0.03) throw apiError(429, 'TooManyRequests', 'slow down', { retryAfterMs: 1_000 })
      if (luck < 0.06) throw apiError(503, 'ServiceUnavailable', 'try later')
      if (luck < 0.09 && call.verb === 'create' && !cluster.peek(call.resource, call.namespace, call.name)) {
        cluster.put(call.resource, JSON.parse(String(call.body)))
        throw new UnreachableError('socket hang up')
      }
    }
  }

  type Process = { log: MemoryEventLog; executor: RunningExecutor }
  const processes: Process[] = []
  const start = async () => {
    const log = createMemoryEventLog({ broker })
    const executor = await startExecutor({
      log,
      store: createMemoryStore(tables),
      clusterApi: name => clusters.get(name),
      clusters: clusterNames,
      ...time,
      random,
      logger: silentLogger,
      metrics: noMetrics,
      process: 'chaos',
    })
    processes.push({ log, executor })
  }
  await start()
  await start()

  const commands: Command[] = clusterNames.flatMap(cluster =>
    Array.from({ length: 40 }, (_, index) =>
      index % 10 === 9 ? statusCommand(index, { cluster }) : createPodCommand(`n${index}`, { cluster }),
    ),
  )
  const client = createMemoryEventLog({ broker })
  /** As the reconciler does it: what may not be in the log is published again. */
  const publish = async (some: readonly Command[]): Promise<void> => {
    const records = some.map(command => ({ key: command.cluster, value: commandCodec.encode(command) }))
    try {
      await client.append(topics.commands, records)
    } catch (error) {
      if (!(error instanceof EventLogError)) throw error
      await publish(some)
    }
  }
  let published = 0
  for (const step of steps) {
    const share = Math.ceil(commands.length / steps.length)
    await publish(commands.slice(published, published + share))
    published += share
    await time.advance(step.waitMs)
    switch (step.mishap) {
      case 'rebalance':
        await drive(broker.rebalance(executorGroup))
        break
      case 'append fails before':
        broker.failAppends({ when: 'before', code: 'unreachable' })
        break
      case 'append fails after':
        broker.failAppends({ when: 'after', code: 'unreachable' })
        break
      case 'redelivery':
        broker.redeliver(topics.commands, broker.partitionOf(step.cluster), 0n)
        break
      case 'an executor dies, its zombie works on':
        processes.shift()?.log.crash()
        await start()
        break
      case 'an executor stops': {
        const stopped = processes.shift()
        if (stopped) await drive(stopped.executor.stop())
        await start()
        break
      }
      case 'a cluster goes away':
        away.add(step.cluster)
        break
      default:
        away.delete(step.cluster)
    }
  }
  away.clear()
  await publish(commands.slice(published))
  await time.advance(180_000)

  const outcomes = new Map<string, CommandSettled[]>()
  for (const { value } of broker.records(topics.events)) {
    const decoded = eventCodec.decode(value)
    if (!decoded.ok || decoded.value.type !== 'CommandSettled') continue
    const settled = decoded.value
    outcomes.set(settled.commandId, [...(outcomes.get(settled.commandId) ?? []), settled])
  }
  for (const command of commands) {
    const results = outcomes.get(command.id)?.map(({ result }) => result) ?? []
    expect(results.length, `outcomes of ${command.type} ${command.id}`).toBeGreaterThan(0)
    const allowed = command.type === 'WriteStatus' ? ['done', 'skipped'] : ['done', 'alreadyDone']
    expect(results.filter(result => !allowed.includes(result))).toEqual([])
  }
  for (const [name, cluster] of clusters) {
    const made = commands.filter(({ type, cluster: of }) => type === 'CreatePod' && of === name)
    expect(cluster.all('Pod')).toHaveLength(made.length)
  }
  const records = broker.records(topics.commands)
  for (const [key, { nextOffset }] of tables.owners) {
    const partition = Number(key.split('\u0000')[2])
    const count = records.filter(record => broker.partitionOf(record.key) === partition).length
    expect(Number(nextOffset ?? 0n), `offset of partition ${partition}`).toBe(count)
  }
  for (const { executor } of processes) await drive(executor.stop())

  /** Lets time pass until it is done: what it waits for may be a timer. */
  async function drive(work: Promise<unknown>): Promise<void> {
    let isDone = false
    const done = work.finally(() => {
      isDone = true
    })
    while (!isDone) await time.advance(100)
    await done
  }
}

/** Mulberry32: a small generator, so that a story can be told again. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
