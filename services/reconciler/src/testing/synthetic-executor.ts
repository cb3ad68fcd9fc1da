import { commandCodec, type Event, eventCodec, topics } from '@rollcall/contracts'
import type { EventLog } from '@rollcall/event-log'
import type { SyntheticCluster } from './synthetic-cluster.ts'

/** Reads commands from the log, has synthetic clusters carry them out, and appends what they answer. Each command once. */
export async function startSyntheticExecutor(log: EventLog, clusters: readonly SyntheticCluster[]) {
  const byName = new Map(clusters.map(cluster => [cluster.name, cluster]))
  const seen = new Set<string>()
  let deliveries = 0
  const subscription = await log.subscribe({
    topic: topics.commands,
    group: 'synthetic-executor',
    consumer: {
      assigned: async () => null,
      async batch({ records }) {
        const events: Event[] = []
        for (const { value } of records) {
          const read = commandCodec.decode(value)
          if (!read.ok) throw new Error(read.failure.reason)
          deliveries++
          if (seen.has(read.value.id)) continue
          seen.add(read.value.id)
          events.push(...(byName.get(read.value.cluster)?.answer(read.value) ?? []))
        }
        await appendEvents(log, events)
      },
      revoked: async () => undefined,
    },
  })
  return { seen, deliveries: () => deliveries, close: () => subscription.close() }
}

export async function appendEvents(log: EventLog, events: readonly Event[]): Promise<void> {
  const records = events.map(event => ({ key: event.cluster, value: eventCodec.encode(event) }))
  if (records.length > 0) await log.append(topics.events, records)
}
