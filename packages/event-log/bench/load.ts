/** The load of the throughput benches, the same for every adapter. */
import type { Consumer, EventLog, LogRecord, Subscription } from '../src/index.ts'

const topic = 'rollcall.events'
/** About the size of a slim pod observation. */
export const body = JSON.stringify({ type: 'PodObserved', cluster: 'c', pod: 'x'.repeat(520) })

export const delay = (ms: number) => new Promise(resolve => setTimeout(resolve, ms))
export const say = (what: string, figure: string) => console.log(`${what.padEnd(58)} ${figure}`)
export const perSecond = (records: number, ms: number) =>
  `${Math.round((records / ms) * 1000).toLocaleString('en')} records/s (${((records * body.length) / ms / 1000).toFixed(1)} MB/s)`

export function percentiles(latencies: number[]): string {
  const sorted = latencies.sort((a, b) => a - b)
  const at = (part: number) => (sorted[Math.floor((sorted.length - 1) * part)] ?? 0).toFixed(1)
  return `p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, p99 ${at(0.99)} ms, max ${at(1)} ms`
}

export function cpuSince(start: NodeJS.CpuUsage, ms: number): string {
  const { user, system } = process.cpuUsage(start)
  return `${(((user + system) / 1000 / ms) * 100).toFixed(1)} % of a core`
}

/** Appends `total` records from 32 writers, 20 per append, over so many keys. */
export async function appendMany(log: EventLog, total: number, keys: number, tag: string): Promise<number> {
  const start = performance.now()
  let left = total
  async function write(writer: number): Promise<void> {
    for (let round = 0; left > 0; round++) {
      const size = Math.min(20, left)
      left -= size
      const records: LogRecord[] = Array.from({ length: size }, () => ({
        key: `${tag}-${(writer + round) % keys}`,
        value: body,
      }))
      await log.append(topic, records)
    }
  }
  await Promise.all(Array.from({ length: 32 }, (_, writer) => write(writer)))
  return performance.now() - start
}

/** Reads until `total` records whose key begins with the tag were seen. */
export function reading(
  log: EventLog,
  group: string,
  tag: string,
  total: number,
  workMs = 0,
): Promise<{ ms: number; batches: number }> {
  return new Promise((resolve, reject) => {
    let seen = 0
    let batches = 0
    let start = 0
    const consumer: Consumer = {
      assigned: async () => null,
      async batch({ records }) {
        batches++
        if (workMs > 0) await delay(workMs)
        for (const record of records)
          if (record.key.startsWith(tag)) {
            if (seen++ === 0) start = performance.now()
            if (seen === total) resolve({ ms: performance.now() - start, batches })
          }
      },
      revoked: async () => undefined,
    }
    log.subscribe({ topic, group, consumer }).catch(reject)
  })
}

/** A consumer that has read all there is, and then hands every record to `onRecord`. */
export async function caughtUp(
  log: EventLog,
  group: string,
  onRecord: (key: string, value: Uint8Array) => void,
): Promise<Subscription> {
  const behind = new Set<number>()
  let owned = 0
  const subscription = await log.subscribe({
    topic,
    group,
    consumer: {
      async assigned(_, partition) {
        owned++
        behind.add(partition)
        return null
      },
      async batch({ records, partition, highWatermark }) {
        for (const { key, value } of records) onRecord(key, value)
        if (records.at(-1)?.offset === highWatermark) behind.delete(partition)
      },
      revoked: async () => undefined,
    },
  })
  // 20,000 records over 100 keys were appended first, so no partition is empty.
  while (owned === 0 || behind.size > 0) await delay(50)
  return subscription
}

export async function latencies(
  log: EventLog,
  tag: string,
  rounds: number,
  gapMs: number,
  burst: number,
): Promise<number[]> {
  const sentAt = new Map<string, number>()
  const found: number[] = []
  const appends: number[] = []
  const end = Promise.withResolvers<void>()
  const subscription = await caughtUp(log, `bench-${tag}`, (key, value) => {
    const at = key.startsWith(tag) ? sentAt.get(`${key} ${Buffer.from(value.subarray(0, 12))}`) : undefined
    if (at === undefined) return
    found.push(performance.now() - at)
    if (found.length >= rounds * burst) end.resolve()
  })
  await log.append(topic, [{ key: 'warm', value: body }])
  for (let round = 0; round < rounds; round++) {
    for (let index = 0; index < burst; index++) {
      const key = `${tag}-${(round * burst + index) % 50}`
      const id = String(round * burst + index).padEnd(12)
      const at = performance.now()
      sentAt.set(`${key} ${id}`, at)
      void log.append(topic, [{ key, value: id + body }]).then(() => appends.push(performance.now() - at))
    }
    await delay(gapMs)
  }
  await end.promise
  await subscription.close()
  say(`  append → durable`, percentiles(appends))
  return found
}
