import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '@rollcall/local-process'
import { type Admin, Kafka as Client, type Consumer, logLevel } from 'kafkajs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { leftBehind } from '../testing/leftovers.ts'
import { waysFor } from '../testing/ways.ts'
import { type Kafka, startKafka } from './start-kafka.ts'

const topic = 'events'

describe.for(await waysFor('java', 'maven'))('Kafka, %s', via => {
  const dir = mkdtempSync(join(tmpdir(), 'kafka-int-'))
  let kafka: Kafka
  let client: Client

  beforeAll(async () => {
    kafka = await startKafka({ dir: join(dir, 'kafka'), via })
    client = new Client({
      brokers: kafka.brokers,
      logLevel: logLevel.NOTHING,
      retry: { retries: 20, maxRetryTime: 1_000 },
    })
  })
  afterAll(async () => {
    await kafka.stop()
    const left = await leftBehind(dir)
    rmSync(dir, { recursive: true })
    expect(left).toEqual([])
  })

  test('makes a topic, and none that was not asked for', async () => {
    await withAdmin(async admin => {
      await admin.createTopics({ topics: [{ topic, numPartitions: 2 }] })
      const impatient = new Client({
        brokers: kafka.brokers,
        logLevel: logLevel.NOTHING,
        retry: { retries: 0 },
      }).producer()
      await impatient.connect()
      await expect(impatient.send({ topic: 'no-such-topic', messages: [{ value: 'x' }] })).rejects.toThrow()
      await impatient.disconnect()
      expect(await admin.listTopics()).toEqual([topic])
    })
  })

  test('takes transactions, which it settles with itself', async () => {
    const producer = client.producer({ transactionalId: 'one', idempotent: true, maxInFlightRequests: 1 })
    await producer.connect()
    const transaction = await producer.transaction()
    await transaction.send({ topic, messages: [{ key: 'a', partition: 0, value: 'committed' }] })
    await transaction.commit()
    await producer.disconnect()
    expect(await firstOf(0)).toBe('committed')
  })

  test('comes back on its port with its data after kill -9', async () => {
    const { pid, brokers } = kafka
    await kafka.kill()
    await kafka.restart()
    expect(kafka.pid).not.toBe(pid)
    expect(kafka.brokers).toEqual(brokers)
    expect(await firstOf(0)).toBe('committed')
  })

  test('comes back after it was stopped', async () => {
    await kafka.stop()
    await kafka.restart()
    expect(await firstOf(0)).toBe('committed')
  })

  test('on a port that is taken fails, and says so with the last lines of its log', async () => {
    const port = await freePort()
    const server = createServer()
    await new Promise<void>(resolve => server.listen(port, '127.0.0.1', resolve))
    const failed = startKafka({ dir: join(dir, 'failing'), via, port })
    await expect(failed).rejects.toMatchObject({ name: 'StartError', code: 'port-in-use' })
    if (via === 'native')
      await expect(failed).rejects.toThrow(
        /kafka ended with code 1 .*: .*Address already in use[\s\S]*The last lines of .*kafka\.log/,
      )
    server.close()
  })

  async function withAdmin(work: (admin: Admin) => Promise<void>): Promise<void> {
    const admin = client.admin()
    await admin.connect()
    try {
      await work(admin)
    } finally {
      await admin.disconnect()
    }
  }

  async function firstOf(partition: number): Promise<string | undefined> {
    const consumer: Consumer = client.consumer({ groupId: `reader-${Math.random()}` })
    await consumer.connect()
    await consumer.subscribe({ topic, fromBeginning: true })
    try {
      return await new Promise((resolve, reject) => {
        const eachMessage = async (each: { partition: number; message: { value: Buffer | null } }): Promise<void> => {
          if (each.partition === partition) resolve(each.message.value?.toString())
        }
        consumer.run({ eachMessage }).catch(reject)
      })
    } finally {
      await consumer.disconnect()
    }
  }
})
