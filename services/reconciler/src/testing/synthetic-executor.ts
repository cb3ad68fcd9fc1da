import { commandCodec, type Event, eventCodec, topics } from '@rollcall/contracts'
import type { EventLog } from '@rollcall/event-log'
import type { SyntheticCluster } from './synthetic-cluster.ts'

/** Reads commands from the log, has synthetic clusters carry them out, and appends what they answer. Each command once. */
export async function startSyntheticExecutor(log: EventLog, clusters: readonly SyntheticCluster[]) {
  const byName = new Map(clusters.map(cluster => [cluster.name, cluster]))
  const seen = new Set<string>()
  /** Answers that are not in the log yet: where they could not be appended, the batch comes again. */
  const answers = new Map<string, readonly Event[]>()
  let deliveries = 0
  const subscription = await log.subscribe({
    topic: topics.commands,
    group: 'synthetic-executor',
    consumer: {
      assigned: async () => null,
      async batch({ records }) {
        const fresh = new Set<string>()
        for (const { value } of records) {
          const read = commandCodec.decode(value)
          if (!read.ok) throw new Error(read.failure.reason)
          deliveries++
          const { id, cluster } = read.value
          if (seen.has(id)) continue
          if (!answers.has(id)) answers.set(id, byName.get(cluster)?.answer(read.value) ?? [])
          fresh.add(id)
        }
        await appendEvents(
          log,
          [...fresh].flatMap(id => answers.get(id) ?? []),
        )
        for (const id of fresh) {
          answers.delete(id)
          seen.add(id)
        }
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
