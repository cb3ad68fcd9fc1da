import { type Command, commandCodec, type Event, eventCodec, topics } from '@rollcall/contracts'
import { createMemoryBroker, createMemoryEventLog, type EventLog } from '@rollcall/event-log'
import { createManualTime, createMemoryLogger, type ManualTime } from '@rollcall/service'
import { type CheckpointSigner, createMemoryStore, type LedgerEntry } from '@rollcall/store'
import type { Core } from '../core.ts'
import type { CheckpointAnchor } from '../ports.ts'
import { type Reconciler, startReconciler } from '../reconciler.ts'
import type { ReconcilerSettings } from '../settings.ts'
import { silentMetrics } from '../silent-metrics.ts'
import { nodeObserved } from './events.ts'
import { type Faults, faultyLog, faultyStore, noFaults } from './faulty.ts'
import { createToyCore } from './toy-core.ts'

/** A reconciler of a world, with its faults and what it said. */
export type Member = Reconciler & {
  readonly faults: Faults
  /** Errors and warnings it logged. */
  said(): readonly string[]
  /** The process is gone, from one moment to the next. */
  crash(): void
}

/** A log, a store, virtual time, and any number of reconcilers, in one process. */
export async function createWorld(options: {
  readonly core?: Core
  readonly partitions?: number
  readonly settings?: Partial<ReconcilerSettings>
  /** Signs checkpoints. Default: none are signed. */
  readonly signer?: CheckpointSigner
  readonly anchors?: readonly CheckpointAnchor[]
}) {
  const core = options.core ?? createToyCore()
  const time = createManualTime()
  const broker = createMemoryBroker({ partitions: options.partitions ?? 1, timers: time.timers })
  const log = createMemoryEventLog({ broker })
  const store = createMemoryStore()
  const commands: Command[] = []
  await readCommands(log, commands)
  const members: Member[] = []

  const start = async (process: string): Promise<Member> => {
    const faults = noFaults()
    const logger = createMemoryLogger()
    const client = createMemoryEventLog({ broker })
    const ports = {
      log: faultyLog(client, faults),
      store: faultyStore(store, faults),
      core,
      ...time,
      random: () => 0.5,
      logger,
      metrics: silentMetrics,
      signer: options.signer ?? null,
      anchors: options.anchors ?? [],
      process,
    }
    const settings = { verifyEvery: 1, ...options.settings }
    const reconciler = await untilDone(time, startReconciler(ports, settings))
    const member: Member = {
      checks: reconciler.checks,
      partitions: () => reconciler.partitions(),
      stop: () => untilDone(time, reconciler.stop()),
      faults,
      said: () => logger.lines.filter(({ level }) => level === 'error' || level === 'warn').map(line => line.message),
      crash() {
        faults.isDead = true
        client.crash()
      },
    }
    members.push(member)
    return member
  }

  const ledger = async (cluster: string): Promise<LedgerEntry[]> => {
    const entries: LedgerEntry[] = []
    for await (const entry of store.readLedger(cluster)) entries.push(entry)
    return entries
  }

  const refolded = async (cluster: string) => {
    const state = core.createState(cluster)
    for (const entry of await ledger(cluster)) {
      if (entry.kind === 'decision') core.applyDecision(state, entry.point)
      else core.evolve(state, entry.event)
    }
    return state
  }

  return {
    core,
    time,
    log,
    store,
    /** Commands in the log, in order. */
    commands,
    start,
    ledger,
    async append(...events: readonly Event[]) {
      await log.append(topics.events, events.map(record))
    },
    /** Raw records, for what is no event. */
    async appendRaw(key: string, value: string) {
      await log.append(topics.events, [{ key, value }])
    },
    /** The ledger in short: `event 1`, `decision 1`. */
    kinds: async (cluster: string) => (await ledger(cluster)).map(entry => `${entry.kind} ${entry.position}`),
    /** Nodes that commands in the log are for, sorted: `c1/n1`. */
    commandedNodes: () => commands.map(command => `${command.cluster}/${'node' in command ? command.node : ''}`).sort(),
    /** Waits for so many commands in the log. */
    commanded: (count: number) => until(time, `${count} commands are in the log`, () => commands.length >= count),
    /** Events of new nodes `n<from>`, `n<from + 1>`, … */
    nodes: (cluster: string, count: number, from = 1) =>
      Array.from({ length: count }, (_, index) =>
        nodeObserved(cluster, `n${from + index}`, from + index, time.clock.now()),
      ),
    /** Ticks in the ledger. */
    ticks: async (cluster: string) =>
      (await ledger(cluster)).flatMap(entry =>
        entry.kind === 'event' && entry.event.type === 'Ticked' ? [entry.event] : [],
      ),
    /** Lets (virtual) time pass until it is so. */
    until: (what: string, isSo: () => boolean | Promise<boolean>) => until(time, what, isSo),
    /** Every reconciler there ever was. */
    members,
    /** Fingerprint of the whole ledger, folded anew. */
    refolded: async (cluster: string) => core.fingerprint(await refolded(cluster)),
    /** Snapshot of the whole ledger, folded anew. */
    refoldedState: async (cluster: string) => core.snapshotOf(await refolded(cluster)),
    async close() {
      for (const member of members) await member.stop()
      await untilDone(time, log.close())
    },
  }
}

export type World = Awaited<ReturnType<typeof createWorld>>

function record(event: Event) {
  return { key: event.cluster, value: eventCodec.encode(event) }
}

async function until(time: ManualTime, what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (let step = 0; step < 2_000; step++) {
    if (await isSo()) return
    await time.advance(50)
  }
  throw new Error(`after 100 s of virtual time it still is not so that ${what}`)
}

async function untilDone<T>(time: ManualTime, work: Promise<T>): Promise<T> {
  let isDone = false
  const done = work.finally(() => {
    isDone = true
  })
  // A rejection is the caller's; here it only ends the waiting.
  done.catch(() => undefined)
  await until(time, 'the work is done', () => isDone)
  return await done
}

function readCommands(log: EventLog, commands: Command[]) {
  return log.subscribe({
    topic: topics.commands,
    group: 'test',
    consumer: {
      assigned: async () => null,
      async batch({ records }) {
        for (const { value } of records) {
          const read = commandCodec.decode(value)
          if (!read.ok) throw new Error(read.failure.reason)
          commands.push(read.value)
        }
      },
      revoked: async () => undefined,
    },
  })
}
