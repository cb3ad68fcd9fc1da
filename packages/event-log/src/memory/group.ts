import type { TopicName } from '@rollcall/contracts'
import type { Consumer } from '../event-log.ts'
import type { EventLogLogger } from '../logger.ts'
import { type PartitionRun, startPartitionRun } from '../partition-run.ts'
import { type EventLogTimers, within } from '../timers.ts'
import { createMemorySource, type MemoryPartition, type MemorySource, type Valve } from './partition.ts'

export type Member = {
  readonly consumer: Consumer
  readonly lanes: Map<number, { readonly run: PartitionRun; readonly source: MemorySource }>
  /** Per partition, the end of its last run of this member: the next one waits for it. */
  readonly ends: Map<number, Promise<void>>
}

/** The members that share one topic's partitions, with the rebalances of a real group: all is revoked, then assigned anew. */
export type MemoryGroup = {
  readonly topic: TopicName
  readonly members: () => readonly Member[]
  join(consumer: Consumer): Promise<Member>
  /** Leaves; resolves when the member's runs have ended, or the bound has passed. */
  leave(member: Member): Promise<void>
  /** Leaves as a killed process does: no callback comes any more. */
  abandon(member: Member): void
  rebalance(): Promise<void>
  readonly isIdle: () => boolean
}

export type GroupSettings = {
  readonly revokeWaitMs: number
  readonly maxBatchRecords: number
  readonly timers: EventLogTimers
  readonly logger: EventLogLogger
}

export function createGroup(
  topic: TopicName,
  partitions: readonly MemoryPartition[],
  valve: Valve,
  settings: GroupSettings,
  onChange: () => void,
): MemoryGroup {
  let members: Member[] = []
  let isWanted = false
  let rebalancing: Promise<void> | null = null

  function open(member: Member, index: number, partition: MemoryPartition): void {
    const source = createMemorySource(
      partition,
      valve,
      (wanted, oldest) => member.consumer.onTruncated?.(topic, index, wanted, oldest),
      onChange,
    )
    const run = startPartitionRun({
      consumer: member.consumer,
      topic,
      partition: index,
      source,
      after: member.ends.get(index) ?? Promise.resolve(),
      recordsMax: settings.maxBatchRecords,
      timers: settings.timers,
      logger: settings.logger,
    })
    member.lanes.set(index, { run, source })
    member.ends.set(index, run.ended)
    void run.ended.then(onChange)
  }

  async function release(released: readonly Member[]): Promise<void> {
    const ends = released.flatMap(member => [...member.ends.values()])
    for (const member of released) {
      for (const { run } of member.lanes.values()) run.stop()
      member.lanes.clear()
    }
    await within(settings.timers, settings.revokeWaitMs, Promise.all(ends))
  }

  async function run(): Promise<void> {
    while (isWanted) {
      isWanted = false
      await release(members)
      if (isWanted || members.length === 0) continue
      for (const [index, partition] of partitions.entries()) {
        const member = members[index % members.length]
        if (member) open(member, index, partition)
      }
    }
    rebalancing = null
    onChange()
  }

  function rebalance(): Promise<void> {
    isWanted = true
    rebalancing ??= run()
    return rebalancing
  }

  return {
    topic,
    members: () => members,
    async join(consumer) {
      const member: Member = { consumer, lanes: new Map(), ends: new Map() }
      members = [...members, member]
      await rebalance()
      return member
    },
    async leave(member) {
      if (!members.includes(member)) return
      members = members.filter(other => other !== member)
      await Promise.all([release([member]), rebalance()])
    },
    abandon(member) {
      members = members.filter(other => other !== member)
      for (const { run } of member.lanes.values()) run.abandon()
      member.lanes.clear()
      void rebalance()
    },
    rebalance,
    isIdle: () =>
      rebalancing === null && members.every(({ lanes }) => [...lanes.values()].every(({ source }) => source.isIdle())),
  }
}
