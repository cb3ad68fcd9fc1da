import { type TopicName, topics } from '@rollcall/contracts'
import { type Consumer, EventLogError } from '../event-log.ts'
import { type EventLogLogger, silent } from '../logger.ts'
import type { OutgoingRecord } from '../outgoing.ts'
import { partitionOf } from '../partition-of.ts'
import { type EventLogTimers, systemTimers } from '../timers.ts'
import { createGroup, type Member, type MemoryGroup } from './group.ts'
import { createPartition, type MemoryPartition, type Valve } from './partition.ts'

export type MemoryBrokerOptions = {
  /** Partitions of each topic. Default 4. */
  readonly partitions?: number
  /** Most records in one batch. Default 1,000. */
  readonly maxBatchRecords?: number
  /** Largest record taken, with its overhead. Default 1,000,000. */
  readonly recordBytesMax?: number
  /** How long a running batch may go on when its partition is being taken away. Default 5 s. */
  readonly revokeWaitMs?: number
  /** Used for back-off and bounds only: without failures nothing here takes time. Default the system's. */
  readonly timers?: EventLogTimers
  readonly logger?: EventLogLogger
}

/** What an append will do instead of succeeding. `after`: the records are in the log although it rejects. */
export type AppendFault = { readonly when: 'before' | 'after'; readonly code?: EventLogError['code'] }

/**
 * The log in memory, as several processes would share it. Beside what the port needs it has hooks, by which tests and
 * simulations cause what a real log does at times.
 */
export type MemoryBroker = {
  readonly partitions: number
  readonly recordBytesMax: number
  partitionOf(key: string): number
  appendAll(records: readonly OutgoingRecord[]): void
  join(topic: TopicName, group: string, consumer: Consumer): Promise<{ group: MemoryGroup; member: Member }>

  /** Revokes and assigns every partition anew, in one group or in all; resolves when it is done. */
  rebalance(group?: string): Promise<void>
  /** What the groups read next of the partition starts at this offset: records are delivered again. */
  redeliver(topic: TopicName, partition: number, from: bigint, group?: string): void
  /** Drops records before the offset, as retention does. */
  truncate(topic: TopicName, partition: number, oldest: bigint): void
  /** Appends bytes that no codec wrote; null is a record without value. */
  appendBytes(topic: TopicName, key: string, value: Uint8Array | null): void
  /** Lets the next appends fail, one fault each. */
  failAppends(...faults: readonly AppendFault[]): void
  /** The fault of the next append, if there is one. */
  takeFault(): AppendFault | null
  /** Holds all delivery until the returned function is called: what is appended meanwhile arrives as one batch. */
  holdDelivery(): () => void
  /** All records of a topic, partition by partition. */
  records(topic: TopicName): readonly { partition: number; offset: bigint; key: string; value: Uint8Array }[]
  /** Resolves when everything has been delivered and every consumer waits for more. */
  idle(): Promise<void>
}

const empty = new Uint8Array(0)

export function createMemoryBroker(options: MemoryBrokerOptions = {}): MemoryBroker {
  const count = options.partitions ?? 4
  const settings = {
    revokeWaitMs: options.revokeWaitMs ?? 5_000,
    maxBatchRecords: options.maxBatchRecords ?? 1_000,
    timers: options.timers ?? systemTimers,
    logger: options.logger ?? silent,
  }
  const partitionsOf = new Map<TopicName, readonly MemoryPartition[]>(
    Object.values(topics).map(topic => [topic, Array.from({ length: count }, createPartition)]),
  )
  const groups = new Map<string, { readonly name: string; readonly group: MemoryGroup }>()
  const faults: AppendFault[] = []
  let holds = 0
  let held = new Set<() => void>()
  let idleWaiters: (() => void)[] = []

  const valve: Valve = {
    isHeld: () => holds > 0,
    onOpen(wake) {
      held.add(wake)
      return () => held.delete(wake)
    },
  }

  function topicOf(topic: TopicName): readonly MemoryPartition[] {
    const found = partitionsOf.get(topic)
    if (!found) throw new EventLogError('topic-missing', `no topic ${topic}`)
    return found
  }

  function partitionAt(topic: TopicName, index: number): MemoryPartition {
    const found = topicOf(topic)[index]
    if (!found) throw new EventLogError('topic-missing', `${topic} has no partition ${index}`)
    return found
  }

  const isIdle = () => [...groups.values()].every(({ group }) => group.isIdle())

  function onChange(): void {
    if (idleWaiters.length === 0 || !isIdle()) return
    const woken = idleWaiters
    idleWaiters = []
    for (const wake of woken) wake()
  }

  function named(name: string | undefined): MemoryGroup[] {
    return [...groups.values()].filter(entry => name === undefined || entry.name === name).map(entry => entry.group)
  }

  return {
    partitions: count,
    recordBytesMax: options.recordBytesMax ?? 1_000_000,
    partitionOf: key => partitionOf(key, count),
    appendAll(records) {
      for (const { topic, key, value } of records) partitionAt(topic, partitionOf(key, count)).append(key, value)
    },
    async join(topic, name, consumer) {
      const id = `${topic} ${name}`
      let entry = groups.get(id)
      if (!entry) {
        entry = { name, group: createGroup(topic, topicOf(topic), valve, settings, onChange) }
        groups.set(id, entry)
      }
      return { group: entry.group, member: await entry.group.join(consumer) }
    },
    async rebalance(name) {
      await Promise.all(named(name).map(group => group.rebalance()))
    },
    redeliver(topic, partition, from, name) {
      for (const group of named(name)) {
        if (group.topic !== topic) continue
        for (const { lanes } of group.members()) lanes.get(partition)?.source.moveTo(from)
      }
      // Nothing is appended, but those who wait must look again.
      for (const wake of [...held]) wake()
    },
    truncate: (topic, partition, oldest) => partitionAt(topic, partition).truncate(oldest),
    appendBytes: (topic, key, value) => partitionAt(topic, partitionOf(key, count)).append(key, value ?? empty),
    failAppends: (...more) => {
      faults.push(...more)
    },
    takeFault: () => faults.shift() ?? null,
    holdDelivery() {
      holds++
      let isHolding = true
      return () => {
        if (!isHolding) return
        isHolding = false
        holds--
        if (holds > 0) return
        const woken = held
        held = new Set()
        for (const wake of woken) wake()
      }
    },
    records: topic =>
      topicOf(topic).flatMap((partition, index) =>
        partition.slice(partition.oldest(), Number(partition.next() - partition.oldest())).map(record => ({
          partition: index,
          ...record,
        })),
      ),
    async idle() {
      for (;;) {
        // What was just appended or taken is noticed in the next turns of the microtask queue.
        for (let turn = 0; turn < 10; turn++) await Promise.resolve()
        if (isIdle()) return
        await new Promise<void>(resolve => idleWaiters.push(resolve))
      }
    },
  }
}
