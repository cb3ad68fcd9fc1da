import { type TopicName, topics } from '@rollcall/contracts'
import type { Admin } from 'kafkajs'
import type { EventLogLogger } from '../logger.ts'
import type { Brokers } from './brokers.ts'
import { hasType } from './errors.ts'
import type { KafkaSettings } from './options.ts'

/** What the brokers count beside the records of a request. */
const requestOverheadBytes = 64 * 1024
const leadersMs = 15_000

/** Creates the topics that do not exist; tells when an existing one has another number of partitions. */
export async function ensureTopics(brokers: Brokers, settings: KafkaSettings): Promise<void> {
  for (const topic of Object.values(topics)) {
    const found = await brokers.ask(admin => partitionsOf(admin, topic))
    if (found === null) await brokers.ask(admin => create(admin, topic, settings))
    else compare(topic, found, settings.partitions, settings.logger)
  }
}

async function partitionsOf(admin: Admin, topic: TopicName): Promise<number | null> {
  const names = await admin.listTopics()
  if (!names.includes(topic)) return null
  const { topics: found } = await admin.fetchTopicMetadata({ topics: [topic] })
  return found[0]?.partitions.length ?? null
}

async function create(admin: Admin, topic: TopicName, settings: KafkaSettings): Promise<void> {
  const { partitions, replicationFactor, retentionMs } = settings
  const messageBytesMax = Math.max(settings.recordBytesMax, settings.requestBytesMax) + requestOverheadBytes
  try {
    await admin.createTopics({
      waitForLeaders: true,
      timeout: leadersMs,
      topics: [
        {
          topic,
          numPartitions: partitions,
          ...(replicationFactor === null ? {} : { replicationFactor }),
          configEntries: [
            { name: 'cleanup.policy', value: 'delete' },
            { name: 'retention.ms', value: String(retentionMs) },
            // Whatever a foreign producer compresses with, kafkajs must be able to read it: the brokers see to it.
            { name: 'compression.type', value: settings.compression === 'gzip' ? 'gzip' : 'uncompressed' },
            { name: 'max.message.bytes', value: String(messageBytesMax) },
          ],
        },
      ],
    })
    settings.logger.info({ topic, partitions }, 'topic created')
  } catch (error) {
    // Another process was quicker: that is what we wanted, too.
    if (!hasType(error, 'TOPIC_ALREADY_EXISTS')) throw error
  }
}

function compare(topic: TopicName, found: number, wanted: number, logger: EventLogLogger): void {
  if (found === wanted) return
  logger.warn(
    { topic, partitions: found, wanted },
    'the topic exists with another number of partitions: it is left alone, because a change would move keys between partitions',
  )
}
