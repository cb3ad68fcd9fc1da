import { EventLogError, type SubscribeOptions, type Subscription, type SubscriptionHealth } from '../event-log.ts'
import { sentenceOf } from '../logger.ts'
import { type PartitionRun, startPartitionRun } from '../partition-run.ts'
import { backOffMs, type EventLogTimers, pause, within } from '../timers.ts'
import type { Bell } from './bell.ts'
import type { Database } from './database.ts'
import { eventLogError, isRetriable, isTopicMissing } from './errors.ts'
import { createLanes } from './lanes.ts'
import { createMembership, type GroupView } from './membership.ts'
import type { PostgresLogSettings } from './options.ts'
import type { Partitions } from './partitions.ts'
import { createPostgresSource } from './source.ts'
import { createWaker } from './waker.ts'

export type SubscriptionOptions = {
  readonly subscribe: SubscribeOptions
  readonly settings: PostgresLogSettings
  readonly database: Database
  readonly partitions: Partitions
  readonly bell: Bell
  readonly timers: EventLogTimers
  /** The log is closing: give up. */
  readonly logClosing: AbortSignal
}

/** A goodbye to the group may take so long; without one the others notice after the session timeout. */
const leaveMsMax = 1_000

/**
 * Keeps a consumer in its group. Every beat it looks at the group as the tables show it, gives back what is more than its
 * share, and takes what is free until it has it. A partition is revoked before its claim is given back, and only a free one
 * can be claimed, so no two members that are heard of ever have the same one.
 */
export async function openPostgresSubscription(options: SubscriptionOptions): Promise<Subscription> {
  const { settings, database, timers } = options
  const { topic, group, consumer } = options.subscribe
  const { logger } = settings
  const now = () => performance.now()
  const ownClosing = new AbortController()
  const closing = AbortSignal.any([ownClosing.signal, options.logClosing])
  const lanes = createLanes(settings.revokeWaitMs, now)
  const membership = createMembership(database, topic, group, settings.sessionTimeoutMs)
  const waker = createWaker(timers)
  const beatMs = Math.max(50, Math.floor(settings.sessionTimeoutMs / 6))
  let restarts = 0
  let trouble: string | null = 'connecting'
  let aliveAt = now()
  let hasWarned = false

  const ids = await untilThere()
  const numbers = new Map(ids.map((id, number) => [id, number]))

  /** The topic's partitions, once they are there. */
  async function untilThere(): Promise<readonly number[]> {
    const startedAt = now()
    for (let failures = 1; ; failures++) {
      try {
        return await options.partitions.idsOf(topic)
      } catch (error) {
        if (closing.aborted) throw new EventLogError('closed', 'the log is closed', { cause: error })
        const isMissing = isTopicMissing(error)
        const isOver = now() > startedAt + (isMissing ? settings.topicMissingMs : settings.deadlineMs)
        if (isOver || !(isMissing || isRetriable(error))) throw eventLogError(error, `subscribing to ${topic}`)
        await pause(timers, backOffMs(failures, 100, 1_000), closing)
      }
    }
  }

  function truncated(partition: number, wanted: bigint, oldest: bigint): void {
    const facts = { topic, partition, wanted: String(wanted), oldest: String(oldest) }
    logger.warn(facts, 'the log does not hold the wanted records any more: going on at the oldest it has')
    consumer.onTruncated?.(topic, partition, wanted, oldest)
  }

  function start(id: number, after: Promise<void>): PartitionRun {
    const partition = numbers.get(id) ?? -1
    const source = createPostgresSource({
      id,
      database,
      bell: options.bell,
      timers,
      bytesMax: settings.maxBatchBytes,
      onTruncated: (wanted, oldest) => truncated(partition, wanted, oldest),
    })
    const recordsMax = settings.maxBatchRecords
    return startPartitionRun({ consumer, topic, partition, source, after, recordsMax, timers, logger })
  }

  /** Begins to end what is more than the share, and gives back what has ended. */
  async function giveBack({ mine, share }: GroupView): Promise<void> {
    const surplus = mine.filter(id => !lanes.isClosing(id)).slice(share)
    for (const id of surplus) lanes.close(id, waker.ring)
    const { ids: ended, late } = lanes.released()
    if (late.length > 0) {
      logger.warn({ topic, partitions: late }, 'batches still run although their partitions are being taken away')
    }
    // A claim without a run: one that could not be given back before.
    const idle = surplus.filter(id => !lanes.isClosing(id))
    const released = [...new Set([...ended, ...idle])]
    if (released.length > 0) await membership.release(released)
  }

  async function take({ mine, free, share }: GroupView): Promise<void> {
    const wanted = free.slice(0, Math.max(0, share - mine.length))
    const claimed = wanted.length === 0 ? [] : await membership.claim(wanted)
    // A claim whose answer was lost, or one from before an outage, is ours as well.
    const kept = mine.filter(id => !lanes.isClosing(id)).slice(0, share)
    const owned = [...kept, ...claimed].filter(id => !lanes.isOpen(id))
    if (closing.aborted || owned.length === 0) return
    for (const id of owned) lanes.open(id, after => start(id, after))
    logger.info({ topic, group, partitions: lanes.numbers() }, 'partitions assigned')
  }

  async function step(): Promise<void> {
    waker.clear()
    if (!(await membership.beat())) {
      restarts++
      logger.warn({ topic, group, restarts }, 'the group took this consumer for dead: joining it again')
      await stopAll()
      await membership.join()
    }
    const view = await membership.look()
    await giveBack(view)
    await take(view)
    aliveAt = now()
    trouble = null
    hasWarned = false
  }

  /** Others may take over what is ours by now: end it, so that nobody works twice for long. */
  async function endWhenSilent(): Promise<void> {
    const silentMs = Math.round(now() - aliveAt)
    if (silentMs < settings.sessionTimeoutMs || hasWarned) return
    hasWarned = true
    logger.warn({ topic, group, silentMs, trouble }, 'no part in the group: trying on')
    await stopAll()
  }

  async function stopAll(): Promise<void> {
    await within(timers, settings.revokeWaitMs, lanes.closeAll())
  }

  async function keepMember(): Promise<void> {
    for (let failures = 0; !closing.aborted; ) {
      const waitMs = failures > 0 ? backOffMs(failures, 50, 1_000) : Math.min(beatMs, lanes.dueMs() ?? beatMs)
      if (failures > 0) await pause(timers, waitMs, closing)
      else await waker.wait(waitMs, closing)
      if (closing.aborted) return
      try {
        await step()
        failures = 0
      } catch (error) {
        failures++
        trouble = `Postgres does not answer: ${sentenceOf(error)}`
        await endWhenSilent()
      }
    }
  }

  async function untilJoined(): Promise<void> {
    const startedAt = now()
    for (let failures = 1; ; failures++) {
      try {
        await membership.join()
        return await step()
      } catch (error) {
        if (closing.aborted) throw new EventLogError('closed', 'the log is closed', { cause: error })
        if (now() > startedAt + settings.deadlineMs || !isRetriable(error)) {
          throw eventLogError(error, `subscribing to ${topic}`)
        }
        await pause(timers, backOffMs(failures, 100, 1_000), closing)
      }
    }
  }

  await untilJoined()
  const forget = options.bell.onGroup(topic, group, waker.ring)
  const alive = keepMember()
  let closed: Promise<void> | null = null

  async function close(): Promise<void> {
    ownClosing.abort()
    forget()
    await Promise.all([stopAll(), alive])
    // Opened by a step that was under way.
    await stopAll()
    await within(timers, leaveMsMax, membership.leave())
  }

  function detail(): string | null {
    if (closing.aborted) return 'closed'
    if (now() - aliveAt > settings.sessionTimeoutMs) return trouble ?? 'no sign of life from Postgres'
    return trouble
  }

  return {
    health(): SubscriptionHealth {
      const said = detail()
      return { healthy: said === null, partitions: lanes.numbers(), restarts, detail: said }
    },
    close() {
      closed ??= close()
      return closed
    },
  }
}
