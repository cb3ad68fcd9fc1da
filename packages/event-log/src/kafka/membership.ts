import type { TopicName } from '@rollcall/contracts'
import type { EachBatchPayload } from 'kafkajs'
import type { EventLogTimers } from '../timers.ts'
import { createConnection, retries } from './connection.ts'
import type { Fetched, Flow } from './inbox.ts'
import { gatedRoundRobin } from './join-gate.ts'
import type { KafkaSettings } from './options.ts'
import { createPulse, type Pulse } from './pulse.ts'

/** One kafkajs consumer, from connecting to its end. A consumer that failed or fell silent is replaced by another one. */
export type Membership = {
  readonly pulse: Pulse
  /** Resolves once the brokers answered and know the topic; joining the group goes on from there. */
  start(): Promise<void>
  flow(partition: number): Flow
  /** Aborts, with the reason, when kafkajs gave up. */
  readonly crashed: AbortSignal
  /** Leaves the group, within a bound. No callback comes after this was called. */
  end(): Promise<void>
}

export type MembershipCallbacks = {
  /** The group rebalances: asked before each attempt to join, until it answers true. */
  readonly mayJoin: () => boolean
  /** Joined, and these partitions are ours. Nothing is fetched of them until their flow was resumed. */
  readonly onJoined: (partitions: readonly number[], memberId: string) => void
  readonly onFetched: (partition: number, fetched: Fetched) => void
}

const fetchBytesPerPartition = 1024 * 1024
const fetchBytes = 8 * 1024 * 1024

export function createMembership(
  topic: TopicName,
  group: string,
  /** The id of the member that was lost: to take its place instead of waiting for its end. */
  formerMemberId: string | null,
  settings: KafkaSettings,
  timers: EventLogTimers,
  callbacks: MembershipCallbacks,
): Membership {
  const connection = createConnection(settings, 'consumer')
  const pulse = createPulse(settings)
  let isEnding = false
  /** Without a group kafkajs refuses to be steered; then there is nothing to steer either. */
  let hasGroup = false

  function mayJoin(): boolean {
    // A consumer that was given up must not come back to life and take partitions.
    if (isEnding) throw new Error('this consumer has ended')
    pulse.joining()
    return callbacks.mayJoin()
  }

  const consumer = connection.kafka.consumer({
    groupId: group,
    partitionAssigners: [gatedRoundRobin(mayJoin, formerMemberId)],
    sessionTimeout: settings.sessionTimeoutMs,
    heartbeatInterval: Math.min(3_000, Math.floor(settings.sessionTimeoutMs / 5)),
    rebalanceTimeout: settings.rebalanceTimeoutMs,
    maxWaitTimeInMs: settings.fetchWaitMs,
    minBytes: 1,
    maxBytesPerPartition: fetchBytesPerPartition,
    maxBytes: fetchBytes,
    allowAutoTopicCreation: false,
    // Restarting is done by the subscription, which must know about it.
    retry: { ...retries, retries: 20, restartOnFailure: async () => false },
  })

  const crash = new AbortController()
  consumer.on(consumer.events.CRASH, ({ payload }) => crash.abort(payload.error))
  consumer.on(consumer.events.STOP, () => {
    hasGroup = false
  })
  consumer.on(consumer.events.FETCH_START, ({ payload }) => pulse.fetchStarted(payload.nodeId))
  consumer.on(consumer.events.FETCH, ({ payload }) => pulse.fetchDone(payload.nodeId))
  consumer.on(consumer.events.HEARTBEAT, () => pulse.beat())
  consumer.on(consumer.events.REBALANCING, () => {
    // A head start: usually all is released before kafkajs has found the coordinator and asks `mayJoin`.
    if (!isEnding) callbacks.mayJoin()
  })
  // Listeners run before kafkajs goes on, so nothing of the new partitions is fetched before they are paused.
  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
    if (isEnding) return
    hasGroup = true
    const partitions = payload.memberAssignment[topic] ?? []
    consumer.pause([{ topic, partitions: [...partitions] }])
    pulse.joined()
    callbacks.onJoined(partitions, payload.memberId)
  })

  async function eachBatch({ batch, isStale }: EachBatchPayload): Promise<void> {
    if (isEnding || isStale()) return
    const firstOffset = batch.firstOffset()
    if (firstOffset === null) return
    callbacks.onFetched(batch.partition, {
      messages: batch.messages,
      firstOffset: BigInt(firstOffset),
      lastOffset: BigInt(batch.lastOffset()),
      highWatermark: BigInt(batch.highWatermark),
    })
  }

  function steer(action: () => void): void {
    if (!isEnding && hasGroup) action()
  }

  return {
    pulse,
    crashed: crash.signal,
    async start() {
      await consumer.connect()
      await consumer.subscribe({ topics: [topic], fromBeginning: true })
      // `eachBatch` never waits, so the concurrency only spares kafkajs from queueing.
      const partitionsConsumedConcurrently = settings.partitions
      consumer.run({ autoCommit: false, partitionsConsumedConcurrently, eachBatch }).catch(error => crash.abort(error))
    },
    flow: partition => ({
      pause: () => steer(() => consumer.pause([{ topic, partitions: [partition] }])),
      resume: () => steer(() => consumer.resume([{ topic, partitions: [partition] }])),
      seek: offset => steer(() => consumer.seek({ topic, partition, offset: offset.toString() })),
    }),
    async end() {
      isEnding = true
      await connection.end(timers, settings.revokeWaitMs, () => consumer.disconnect())
    },
  }
}
