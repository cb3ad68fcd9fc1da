import type { TopicName } from '@rollcall/contracts'
import { EventLogError, type SubscribeOptions, type Subscription, type SubscriptionHealth } from '../event-log.ts'
import { sentenceOf } from '../logger.ts'
import { backOffMs, type EventLogTimers, pause } from '../timers.ts'
import type { Brokers } from './brokers.ts'
import { eventLogError, hasType, isRetriable } from './errors.ts'
import { createLanes } from './lanes.ts'
import { createMembership, type Membership } from './membership.ts'
import type { KafkaSettings } from './options.ts'

export type SubscriptionOptions = {
  readonly subscribe: SubscribeOptions
  readonly settings: KafkaSettings
  readonly brokers: Brokers
  readonly timers: EventLogTimers
  /** The log is closing: give up. */
  readonly logClosing: AbortSignal
  /** The brokers answered. */
  readonly onSign: () => void
}

/** A Kafka group may span topics, and would then share them out together; ours is about one topic. */
export function groupIdOf(group: string, topic: TopicName): string {
  return `${group}.${topic}`
}

/** Keeps a consumer in the group, whatever happens to the kafkajs consumer beneath. */
export async function openKafkaSubscription(options: SubscriptionOptions): Promise<Subscription> {
  const { settings, brokers, timers } = options
  const { topic, group, consumer } = options.subscribe
  const { logger } = settings
  const ownClosing = new AbortController()
  const closing = AbortSignal.any([ownClosing.signal, options.logClosing])
  const lanes = createLanes(topic, consumer, settings, brokers, timers)
  let membership: Membership | null = null
  let memberId: string | null = null
  let restarts = 0
  let trouble: string | null = 'connecting'
  /** Losses in a row, and since when, until the group is joined again. */
  let failures = 0
  let lostAt: number | null = null
  let hasWarned = false

  function join(): Membership {
    const joined: Membership = createMembership(topic, groupIdOf(group, topic), memberId, settings, timers, {
      mayJoin: () => lanes.isReleased(),
      onJoined(partitions, id) {
        memberId = id
        trouble = null
        failures = 0
        lostAt = null
        hasWarned = false
        logger.info({ topic, group, partitions }, 'joined the group')
        lanes.open(partitions, joined.flow)
      },
      onFetched: lanes.offer,
    })
    membership = joined
    return joined
  }

  async function leave(left: Membership): Promise<void> {
    await lanes.release()
    await left.end()
    membership = null
  }

  /** Waits until the consumer has failed, has been silent for too long, or is no longer wanted. */
  async function watch(watched: Membership): Promise<'crashed' | 'silent' | 'closing'> {
    const over = AbortSignal.any([closing, watched.crashed])
    const checkMs = Math.max(100, Math.floor(settings.sessionTimeoutMs / 10))
    for (let armedAt = performance.now(); await pause(timers, checkMs, over); armedAt = performance.now()) {
      // After a pause of the whole process, the answers that came meanwhile have not been looked at yet.
      if (performance.now() - armedAt > checkMs * 2) continue
      const silentMs = watched.pulse.silentMs()
      if (silentMs > watched.pulse.silenceMsMax()) return 'silent'
      if (watched.pulse.isJoined() && silentMs < checkMs * 2) options.onSign()
    }
    if (!closing.aborted) {
      trouble = `the consumer failed: ${sentenceOf(watched.crashed.reason)}`
      return 'crashed'
    }
    return 'closing'
  }

  async function keepAlive(first: Membership): Promise<void> {
    let current = first
    for (;;) {
      const ending = await watch(current)
      await leave(current)
      if (ending === 'closing') return
      if (ending === 'silent') {
        restarts++
        trouble = `no sign of life from the brokers for ${settings.sessionTimeoutMs} ms: the consumer was restarted`
        logger.warn({ topic, group, restarts }, 'the consumer fell silent: restarting it')
      }
      const next = await rejoin()
      if (!next) return
      current = next
    }
  }

  /** A lost consumer that is soon back is nothing to alarm people with: brokers restart, coordinators load. */
  function noteLoss(): void {
    failures++
    lostAt ??= performance.now()
    const lostMs = Math.round(performance.now() - lostAt)
    if (hasWarned || lostMs < settings.sessionTimeoutMs) return
    hasWarned = true
    logger.warn({ topic, group, lostMs, trouble }, 'no part in the group: trying on')
  }

  /** A new consumer, tried until it connects. Null when closing. */
  async function rejoin(): Promise<Membership | null> {
    for (;;) {
      noteLoss()
      const retryMs = failures === 1 ? 0 : backOffMs(failures - 1, 100, 2_000)
      await pause(timers, retryMs, closing)
      if (closing.aborted) return null
      const next = join()
      try {
        await next.start()
        return next
      } catch (error) {
        trouble = `cannot connect: ${sentenceOf(error)}`
        await leave(next)
      }
    }
  }

  async function startFirst(): Promise<Membership> {
    const startedAt = performance.now()
    for (let tries = 1; ; tries++) {
      const first = join()
      try {
        await first.start()
        return first
      } catch (error) {
        await leave(first)
        if (closing.aborted) throw new EventLogError('closed', 'the log is closed', { cause: error })
        const isMissing = hasType(error, 'UNKNOWN_TOPIC_OR_PARTITION')
        const isOver = performance.now() > startedAt + (isMissing ? settings.topicMissingMs : settings.deadlineMs)
        if (isOver || !isRetriable(error)) throw eventLogError(error, `subscribing to ${topic}`)
        await pause(timers, backOffMs(tries, 100, 2_000), closing)
      }
    }
  }

  function detail(): string | null {
    if (closing.aborted) return 'closed'
    if (membership && membership.pulse.silentMs() > settings.sessionTimeoutMs) return 'no sign of life from the brokers'
    return trouble ?? (membership ? null : 'reconnecting')
  }

  const alive = keepAlive(await startFirst())

  return {
    health(): SubscriptionHealth {
      const said = detail()
      return { healthy: said === null, partitions: lanes.partitions(), restarts, detail: said }
    },
    async close() {
      ownClosing.abort()
      await alive
    },
  }
}
