import type { TopicName } from '@rollcall/contracts'
import { aborted, backOffMs, type EventLogTimers, pause } from '../timers.ts'
import type { Database } from './database.ts'
import type { PostgresLogSettings } from './options.ts'

/** `r <partition id>:<next offset> …` for records; `g <topic> <group>` for a change in a group. */
export const channel = 'rollcall_log'

export function groupPayload(topic: TopicName, group: string): string {
  return `g ${topic} ${group}`
}

/** Tells at once what is new. Only a hint: notifications are lost when nobody listens, so the table is asked, too. */
export type Bell = {
  /** Rings when the partition may have new records; the returned function takes it back. */
  onRecords(partition: number, ring: () => void): () => void
  onGroup(topic: TopicName, group: string, ring: () => void): () => void
  close(): Promise<void>
}

type Partition = { readonly rings: Set<() => void>; announced: bigint }

export function createBell(database: Database, settings: PostgresLogSettings, timers: EventLogTimers): Bell {
  const partitions = new Map<number, Partition>()
  const groups = new Map<string, Set<() => void>>()
  const closing = new AbortController()
  let running: Promise<unknown> | null = null

  function ringAll(): void {
    for (const { rings } of partitions.values()) for (const ring of rings) ring()
    for (const rings of groups.values()) for (const ring of rings) ring()
  }

  /** Notes how far a partition goes; tells whether that was news. */
  function announce(id: number, next: bigint): boolean {
    const partition = partitions.get(id)
    if (!partition || next <= partition.announced) return false
    partition.announced = next
    for (const ring of partition.rings) ring()
    return true
  }

  function notified(payload: string): void {
    if (payload.startsWith('g ')) {
      for (const ring of groups.get(payload) ?? []) ring()
      return
    }
    for (const [, id, next] of payload.matchAll(/(\d+):(\d+)/g)) announce(Number(id), BigInt(next ?? 0))
  }

  /** Listens as long as the bell is wanted; whoever waits is woken after each gap. */
  async function keepListening(): Promise<void> {
    const closed = aborted(closing.signal)
    for (let failures = 0; !closing.signal.aborted; ) {
      const { promise: broken, resolve: onBroken } = Promise.withResolvers<void>()
      try {
        const stop = await database.listen(channel, notified, onBroken)
        failures = 0
        ringAll()
        await Promise.race([broken, closed])
        stop()
      } catch {
        // The database has noted it; it is tried until it works.
        failures++
      }
      await pause(timers, backOffMs(Math.max(1, failures), 50, 1_000), closing.signal)
    }
  }

  /** Asks the table, more rarely the longer it knew nothing new. */
  async function keepAsking(): Promise<void> {
    let waitMs = settings.pollMsMin
    while (await pause(timers, waitMs, closing.signal)) {
      waitMs = (await hasNews()) ? settings.pollMsMin : Math.min(settings.pollMsMax, waitMs * 2)
    }
  }

  async function hasNews(): Promise<boolean> {
    const ids = [...partitions.keys()]
    if (ids.length === 0) return false
    try {
      const rows = await database.query<{ id: number; next: bigint }>(
        'select id, next_offset as next from log.partitions where id = any($1::int4[])',
        [ids],
      )
      return rows.filter(({ id, next }) => announce(id, next)).length > 0
    } catch {
      // As above. When it answers again, soon is right.
      return true
    }
  }

  function start(): void {
    running ??= Promise.all([keepListening(), keepAsking()])
  }

  return {
    onRecords(id, ring) {
      start()
      const partition = partitions.get(id) ?? { rings: new Set(), announced: -1n }
      partitions.set(id, partition)
      partition.rings.add(ring)
      return () => {
        partition.rings.delete(ring)
        if (partition.rings.size === 0) partitions.delete(id)
      }
    },
    onGroup(topic, group, ring) {
      start()
      const name = groupPayload(topic, group)
      const rings = groups.get(name) ?? new Set()
      groups.set(name, rings)
      rings.add(ring)
      return () => {
        rings.delete(ring)
        if (rings.size === 0) groups.delete(name)
      }
    },
    async close() {
      closing.abort()
      await running
    },
  }
}
