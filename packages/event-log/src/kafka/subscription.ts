import type { SubscribeOptions, Subscription, SubscriptionHealth } from '../event-log.ts'
import { sentenceOf } from '../logger.ts'
import { type PartitionRun, startPartitionRun } from '../partition-run.ts'
import { backOffMs, type EventLogTimers, pause, within } from '../timers.ts'
import type { Brokers } from './brokers.ts'
import { eventLogError, isRetriable } from './errors.ts'
import { createInbox, type Inbox } from './inbox.ts'
import { createMembership, type Membership } from './membership.ts'
import type { KafkaSettings } from './options.ts'

type Lane = { readonly run: PartitionRun; readonly inbox: Inbox }

const startTries = 5

/** A Kafka group may span topics, and would then share them out together; ours is about one topic. */
export function groupIdOf(group: string, topic: TopicName): string {
  return `${group}.${topic}`
}

/** Keeps a consumer in the group, whatever happens to the kafkajs consumer beneath. */
export async function openKafkaSubscription(
  options: SubscribeOptions,
  settings: KafkaSettings,
  brokers: Brokers,
  timers: EventLogTimers,
  onSign: () => void,
): Promise<Subscription> {
  const { topic, group, consumer } = options
  const { logger } = settings
  const closing = new AbortController()
  let membership: Membership | null = null
  /** The partitions that are ours now. */
  let lanes = new Map<number, Lane>()
  /** Per partition, the end of its last run in this process: the next one waits for it. */
  const ends = new Map<number, Promise<void>>()
  let releaseStartedAt: number | null = null
  const releasing = new Set<PartitionRun>()
  let restarts = 0
  let trouble: string | null = 'connecting'

  function release(): Promise<unknown> {
    for (const { run } of lanes.values()) {
      run.stop()
      releasing.add(run)
      void run.ended.then(() => releasing.delete(run))
    }
    lanes = new Map()
    return Promise.all([...releasing].map(run => run.ended))
  }

  /** True once all batches of the last generation have ended, or have taken too long: then the next one may begin. */
  function mayJoin(): boolean {
    if (releaseStartedAt === null) {
      releaseStartedAt = performance.now()
      void release()
    }
    if (releasing.size === 0) return true
    if (performance.now() - releaseStartedAt < settings.revokeWaitMs) return false
    const partitions = [...releasing].map(run => run.partition)
    logger.warn({ topic, group, partitions }, 'batches still run although their partitions are being taken away')
    return true
  }

  function onJoined(joined: Membership, partitions: readonly number[]): void {
    void release()
    releaseStartedAt = null
    trouble = null
    logger.info({ topic, group, partitions }, 'joined the group')
    for (const partition of partitions) lanes.set(partition, openLane(joined, partition))
  }

  function openLane(joined: Membership, partition: number): Lane {
    const inbox = createInbox({
      topic,
      partition,
      flow: joined.flow(partition),
      bounds: () => brokers.bounds(topic, partition),
      onTruncated: (wanted, oldest) => {
        logger.warn(
          { topic, partition, wanted: String(wanted), oldest: String(oldest) },
          'records are gone: going on at the oldest kept',
        )
        consumer.onTruncated?.(topic, partition, wanted, oldest)
      },
      bytesMax: settings.readAheadBytesMax,
      timers,
      logger,
    })
    const after = ends.get(partition) ?? Promise.resolve()
    const recordsMax = settings.maxBatchRecords
    const run = startPartitionRun({ consumer, topic, partition, source: inbox, after, recordsMax, timers, logger })
    ends.set(partition, run.ended)
    return { run, inbox }
  }

  function join(): Membership {
    releaseStartedAt = null
    const joined: Membership = createMembership(topic, groupIdOf(group, topic), settings, timers, {
      mayJoin,
      onJoined: partitions => onJoined(joined, partitions),
      onFetched: (partition, fetched) => lanes.get(partition)?.inbox.offer(fetched),
    })
    membership = joined
    return joined
  }

  /** Waits until the consumer has failed, has been silent for too long, or is no longer wanted. */
  async function watch(watched: Membership): Promise<'crashed' | 'silent' | 'closing'> {
    const crash = watched.crashed.then(error => {
      trouble = `the consumer failed: ${sentenceOf(error)}`
      return 'crashed' as const
    })
    const checkMs = Math.max(100, Math.floor(settings.sessionTimeoutMs / 10))
    while (!closing.signal.aborted) {
      const ended = await Promise.race([crash, pause(timers, checkMs, closing.signal)])
      if (ended === 'crashed') return 'crashed'
      if (watched.pulse.silentMs() > watched.pulse.silenceMsMax()) return 'silent'
      if (watched.pulse.silentMs() < checkMs * 2) onSign()
    }
    return 'closing'
  }

  /** Ends the present consumer and its lanes; batches that do not end in time go on, but nothing follows them. */
  async function leave(left: Membership): Promise<void> {
    const released = release()
    await within(timers, settings.revokeWaitMs, released)
    await left.end()
    membership = null
  }

  async function keepAlive(first: Membership): Promise<void> {
    let current = first
    for (;;) {
      const ending = await watch(current)
      const heardFor = current.pulse.isJoined()
      await leave(current)
      if (ending === 'closing') return
      if (ending === 'silent') {
        restarts++
        trouble = `no sign of life from the brokers for ${settings.sessionTimeoutMs} ms: the consumer was restarted`
      }
      logger.warn({ topic, group, restarts, ending, trouble }, 'consumer lost: joining again')
      const next = await rejoin(heardFor ? 1 : 2)
      if (!next) return
      current = next
    }
  }

  /** A new consumer, tried until it connects. Null when closing. */
  async function rejoin(firstFailures: number): Promise<Membership | null> {
    for (let failures = firstFailures; !closing.signal.aborted; failures++) {
      if (failures > 1 && !(await pause(timers, backOffMs(failures - 1, 100, 2_000), closing.signal))) return null
      const next = join()
      try {
        await next.start()
        return next
      } catch (error) {
        trouble = `cannot connect: ${sentenceOf(error)}`
        await leave(next)
      }
    }
    return null
  }

  async function startFirst(): Promise<Membership> {
    for (let tries = 1; ; tries++) {
      const first = join()
      try {
        await first.start()
        return first
      } catch (error) {
        await leave(first)
        if (tries === startTries || !isRetriable(error)) throw eventLogError(error, `subscribing to ${topic}`)
        await pause(timers, backOffMs(tries), closing.signal)
      }
    }
  }

  const first = await startFirst()
  const alive = keepAlive(first)

  function detail(): string | null {
    if (closing.signal.aborted) return 'closed'
    if (!membership) return trouble ?? 'reconnecting'
    if (membership.pulse.silentMs() > settings.sessionTimeoutMs) return 'no sign of life from the brokers'
    if (trouble !== null) return trouble
    return null
  }

  return {
    health(): SubscriptionHealth {
      const said = detail()
      return { healthy: said === null, partitions: [...lanes.keys()].sort((a, b) => a - b), restarts, detail: said }
    },
    async close() {
      closing.abort()
      await alive
    },
  }
}
