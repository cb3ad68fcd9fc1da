import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { topics } from '@rollcall/contracts'
import { type Kafka as Broker, startKafka } from '@rollcall/infra'
import { type Admin, Kafka, logLevel, type Producer } from 'kafkajs'
import type { EventLog } from '../event-log.ts'
import { createKafkaEventLog } from '../kafka/kafka-log.ts'
import type { KafkaEventLogOptions } from '../kafka/options.ts'
import type { LogUnderTest } from './log-under-test.ts'
import { createNetwork, type Network } from './network.ts'

export type Said = { readonly level: string; readonly message: string; readonly facts: object }

export type Client = { readonly log: EventLog; readonly network: Network; readonly said: readonly Said[] }

/** A real broker with clients that can be cut off from it. */
export type KafkaFixture = {
  readonly broker: Broker
  connect(options?: Partial<KafkaEventLogOptions>): Client
  readonly underTest: LogUnderTest
  close(): Promise<void>
}

/** Short, so that a killed consumer is soon missed. */
export const sessionTimeoutMs = 3_000
const recordBytesMax = 200_000
const maxBatchRecords = 100
const partitions = 6

function listen(): { said: Said[]; logger: NonNullable<KafkaEventLogOptions['logger']> } {
  const said: Said[] = []
  const at = (level: string) => (facts: object, message: string) => {
    said.push({ level, message, facts })
  }
  return { said, logger: { info: at('info'), warn: at('warn'), error: at('error') } }
}

export async function startKafkaFixture(via: 'native' | 'docker'): Promise<KafkaFixture> {
  const dir = await mkdtemp(join(tmpdir(), 'rollcall-event-log-'))
  const broker = await startKafka({ dir, via })
  const clients = new Map<EventLog, Client>()
  const foreign = new Kafka({ brokers: broker.brokers, clientId: 'foreign', logLevel: logLevel.NOTHING })
  let tools: { admin: Admin; producer: Producer } | null = null

  async function foreigner(): Promise<{ admin: Admin; producer: Producer }> {
    if (tools) return tools
    const made = { admin: foreign.admin(), producer: foreign.producer({ allowAutoTopicCreation: false }) }
    await made.admin.connect()
    await made.producer.connect()
    tools = made
    return made
  }

  function connect(options: Partial<KafkaEventLogOptions> = {}): Client {
    const network = createNetwork()
    const { said, logger } = listen()
    const log = createKafkaEventLog({
      brokers: broker.brokers,
      clientId: `test-${clients.size}`,
      partitions,
      sessionTimeoutMs,
      rebalanceTimeoutMs: 6_000,
      recordBytesMax,
      maxBatchRecords,
      logger,
      socketFactory: network.factory,
      ...options,
    })
    const client = { log, network, said }
    clients.set(log, client)
    return client
  }

  return {
    broker,
    connect,
    underTest: {
      connect: () => connect().log,
      recordBytesMax,
      maxBatchRecords,
      patienceMs: 30_000,
      async appendBytes(topic, key, value) {
        const { producer } = await foreigner()
        await producer.send({ topic, acks: -1, messages: [{ key, value: value === null ? null : Buffer.from(value) }] })
      },
      async truncate(topic, partition, oldest) {
        const { admin } = await foreigner()
        // kafkajs only knows the leaders of topics it was asked about before.
        await admin.fetchTopicOffsets(topic)
        await admin.deleteTopicRecords({ topic, partitions: [{ partition, offset: String(oldest) }] })
      },
      async kill(log) {
        clients.get(log)?.network.cut()
      },
      isQuiet: log => clients.get(log)?.network.openSockets() === 0,
      close: async () => undefined,
    },
    async close() {
      await Promise.all([...clients.keys()].map(log => log.close()))
      await tools?.admin.disconnect()
      await tools?.producer.disconnect()
      await broker.stop()
      await rm(dir, { recursive: true, force: true })
    },
  }
}

export const topic = topics.events
