import type { TopicName } from '@rollcall/contracts'
import type { Admin } from 'kafkajs'
import { EventLogError } from '../event-log.ts'
import type { EventLogTimers } from '../timers.ts'
import { type Connection, createConnection } from './connection.ts'
import type { KafkaSettings } from './options.ts'

const farewellMs = 2_000

/** The offsets a partition has: its oldest record, and the offset that the next record will get. */
export type Bounds = { readonly oldest: bigint; readonly next: bigint }

/** Questions to the brokers that are neither producing nor consuming. */
export type Brokers = {
  /** Runs a call with an admin client; after a failure the next call gets a new one. */
  ask<T>(call: (admin: Admin) => Promise<T>): Promise<T>
  /** The bounds as they are at some instant after this call. Rejects when the partition is not there. */
  bounds(topic: TopicName, partition: number): Promise<Bounds>
  close(): Promise<void>
}

type Client = { readonly connection: Connection; readonly admin: Promise<Admin> }

export function createBrokers(
  settings: KafkaSettings,
  timers: EventLogTimers,
  onResult: (error: unknown | null) => void,
): Brokers {
  let current: Client | null = null
  let isClosed = false
  /** Per topic, the listing that has not been sent yet: whoever asks meanwhile shares it. */
  const unsent = new Map<TopicName, Promise<Map<number, Bounds>>>()
  let listing: Promise<unknown> = Promise.resolve()

  function connected(): Client {
    if (isClosed) throw new EventLogError('closed', 'the log is closed')
    if (current) return current
    const connection = createConnection(settings, 'admin')
    const admin = connection.kafka.admin()
    current = { connection, admin: admin.connect().then(() => admin) }
    return current
  }

  async function drop(client: Client): Promise<void> {
    if (current !== client) return
    current = null
    await client.connection.end(timers, farewellMs, async () => (await client.admin).disconnect())
  }

  async function ask<T>(call: (admin: Admin) => Promise<T>): Promise<T> {
    const client = connected()
    try {
      const answer = await call(await client.admin)
      onResult(null)
      return answer
    } catch (error) {
      onResult(error)
      await drop(client)
      throw error
    }
  }

  async function list(topic: TopicName): Promise<Map<number, Bounds>> {
    const offsets = await ask(admin => admin.fetchTopicOffsets(topic))
    return new Map(offsets.map(({ partition, low, high }) => [partition, { oldest: BigInt(low), next: BigInt(high) }]))
  }

  function nextListing(topic: TopicName): Promise<Map<number, Bounds>> {
    const shared = unsent.get(topic)
    if (shared) return shared
    const next = listing.then(() => {
      unsent.delete(topic)
      return list(topic)
    })
    unsent.set(topic, next)
    listing = next.catch(() => undefined)
    return next
  }

  return {
    ask,
    async bounds(topic, partition) {
      const bounds = (await nextListing(topic)).get(partition)
      if (!bounds) throw new EventLogError('topic-missing', `${topic} has no partition ${partition}`)
      return bounds
    },
    async close() {
      isClosed = true
      if (current) await drop(current)
    },
  }
}
