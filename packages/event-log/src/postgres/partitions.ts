import type { TopicName } from '@rollcall/contracts'
import { EventLogError } from '../event-log.ts'
import type { Database } from './database.ts'

/** The ids of each topic's partitions by their number: they never change, so they are read once. */
export type Partitions = { idsOf(topic: TopicName): Promise<readonly number[]> }

export function createPartitions(database: Database): Partitions {
  const known = new Map<TopicName, readonly number[]>()
  return {
    async idsOf(topic) {
      const found = known.get(topic)
      if (found) return found
      const rows = await database.query<{ id: number }>(
        'select id from log.partitions where topic = $1 order by number',
        [topic],
      )
      const ids = rows.map(row => row.id)
      if (ids.length === 0) {
        throw new EventLogError('topic-missing', `no topic ${topic}: create it with ensureTopics()`)
      }
      known.set(topic, ids)
      return ids
    },
  }
}
