import { createAppendQueue } from '../append-queue.ts'
import { type EventLog, EventLogError, type Subscription } from '../event-log.ts'
import { createEvidence } from '../evidence.ts'
import { sentenceOf } from '../logger.ts'
import { backOffMs, pause, systemTimers } from '../timers.ts'
import { createBell } from './bell.ts'
import { createDatabase } from './database.ts'
import { eventLogError, isRetriable } from './errors.ts'
import { type PostgresEventLogOptions, settingsOf } from './options.ts'
import { createPartitions } from './partitions.ts'
import { keepRetention } from './retention.ts'
import { ensureTopics } from './schema.ts'
import { createPostgresSender } from './sender.ts'
import { openPostgresSubscription } from './subscription.ts'

const farewellMsMax = 2_000

/** The log in the schema `log` of a Postgres database (15 or newer). Connects when it is first used. */
export function createPostgresEventLog(options: PostgresEventLogOptions): EventLog {
  const settings = settingsOf(options)
  const timers = systemTimers
  const now = () => performance.now()
  const evidence = createEvidence(settings, timers, () => database.query('select 1'))
  const database = createDatabase(settings, timers, error => {
    // An answer is an answer, whatever it says.
    evidence.result(error !== null && isRetriable(error) ? error : null)
  })
  const partitions = createPartitions(database)
  const bell = createBell(database, settings, timers)
  const queue = createAppendQueue({
    sender: createPostgresSender(database, partitions),
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
  let retention: Promise<void> | null = null
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
    await Promise.all([bell.close(), retention])
    await database.end(farewellMsMax)
  }

  return {
    async ensureTopics() {
      refuseWhenClosed()
      const giveUpAt = now() + settings.deadlineMs
      for (let failures = 1; ; failures++) {
        try {
          // Later ones would be our own.
          await ensureTopics(database, settings, settings.isAlone && retention === null && subscriptions.size === 0)
          retention ??= keepRetention(database, settings, timers, closing.signal)
          return
        } catch (error) {
          if (closed || !isRetriable(error) || now() > giveUpAt) throw eventLogError(error, 'creating the topics')
          settings.logger.warn({ error: sentenceOf(error), failures }, 'the topics cannot be checked yet: trying again')
          await pause(timers, backOffMs(failures, 100, 1_000), closing.signal)
        }
      }
    },
    append: (topic, records) => queue.append(topic, records),
    async subscribe(wanted) {
      refuseWhenClosed()
      const opening = openPostgresSubscription({
        subscribe: wanted,
        settings,
        database,
        partitions,
        bell,
        timers,
        logClosing: closing.signal,
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
