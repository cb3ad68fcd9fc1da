import { createAppendQueue } from '../append-queue.ts'
import { type EventLog, EventLogError, type Subscription } from '../event-log.ts'
import { createEvidence } from '../evidence.ts'
import { sentenceOf } from '../logger.ts'
import { backOffMs, pause, systemTimers } from '../timers.ts'
import { createBrokers } from './brokers.ts'
import { ensureTopics } from './ensure-topics.ts'
import { eventLogError, isRetriable } from './errors.ts'
import { type KafkaEventLogOptions, settingsOf } from './options.ts'
import { createKafkaSender } from './sender.ts'
import { openKafkaSubscription } from './subscription.ts'

/** The log on Apache Kafka (KRaft, 3.x or 4.x), through kafkajs. Connects when it is first used. */
export function createKafkaEventLog(options: KafkaEventLogOptions): EventLog {
  const settings = settingsOf(options)
  const timers = systemTimers
  const now = () => performance.now()
  const evidence = createEvidence(settings, timers, () => brokers.ask(admin => admin.listTopics()))
  const brokers = createBrokers(settings, timers, evidence.result)
  const sender = createKafkaSender(settings, timers, evidence.result)
  const queue = createAppendQueue({
    sender,
    recordBytesMax: settings.recordBytesMax,
    batchBytesMax: settings.requestBytesMax,
    batchRecordsMax: settings.requestRecordsMax,
    queueBytesMax: settings.queueBytesMax,
    deadlineMs: settings.deadlineMs,
    topicMissingMs: settings.topicMissingMs,
    now,
    gatherMs: settings.gatherMs,
    wait: async ms => {
      await pause(timers, ms)
    },
  })
  /** Those that are open, or being opened. */
  const subscriptions = new Set<Promise<Subscription>>()
  const closing = new AbortController()
  let closed: Promise<void> | null = null

  function refuseWhenClosed(): void {
    if (closed) throw new EventLogError('closed', 'the log is closed')
  }

  async function close(): Promise<void> {
    evidence.close()
    closing.abort()
    // One that could not be opened has told its own caller.
    await Promise.allSettled([...subscriptions].map(async opening => (await opening).close()))
    await queue.close()
    await Promise.all([sender.close(), brokers.close()])
  }

  return {
    async ensureTopics() {
      refuseWhenClosed()
      const giveUpAt = now() + settings.deadlineMs
      for (let failures = 1; ; failures++) {
        try {
          return await ensureTopics(brokers, settings)
        } catch (error) {
          if (closed || !isRetriable(error) || now() > giveUpAt) throw eventLogError(error, 'creating the topics')
          settings.logger.warn({ error: sentenceOf(error), failures }, 'the topics cannot be checked yet: trying again')
          await pause(timers, backOffMs(failures, 100, 1_000))
        }
      }
    },
    append: (topic, records) => queue.append(topic, records),
    async subscribe(wanted) {
      refuseWhenClosed()
      const opening = openKafkaSubscription({
        subscribe: wanted,
        settings,
        brokers,
        timers,
        logClosing: closing.signal,
        onSign: () => evidence.result(null),
      })
      subscriptions.add(opening)
      try {
        return await opening
      } catch (error) {
        subscriptions.delete(opening)
        throw error
      }
    },
    healthy: () => evidence.answersNow(),
    close() {
      closed ??= close()
      return closed
    },
  }
}
