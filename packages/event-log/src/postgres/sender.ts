import { randomUUID } from 'node:crypto'
import type { Sender, SendResult } from '../append-queue.ts'
import type { OutgoingRecord } from '../outgoing.ts'
import { partitionOf } from '../partition-of.ts'
import { channel } from './bell.ts'
import type { Database } from './database.ts'
import { isRetriable, isTopicMissing } from './errors.ts'
import type { Partitions } from './partitions.ts'

/**
 * One insert, one transaction. It takes the locks of its partitions in the order of their ids (no deadlock between
 * appenders) and holds them until the commit: whoever sees a record sees all that lie before it, and offsets have no gaps.
 * `producer` is empty, and then nothing else happens, when this insert or a later one of the same producer is in already.
 * Records of a partition that is not there would get no offset: refused by `not null`, as a whole.
 */
const append = `
  with producer as (
    insert into log.producers as p (id, sequence, seen_at) values ($1::uuid, $2::int8, clock_timestamp())
    on conflict (id) do update set sequence = excluded.sequence, seen_at = excluded.seen_at
      where p.sequence < excluded.sequence
    returning true
  ),
  counted as (
    select id, count from unnest($3::int4[], $4::int4[]) as c (id, count) where exists (select from producer)
  ),
  locked as (
    select p.id, p.next_offset as first, c.count
      from log.partitions p join counted c on c.id = p.id
     order by p.id
       for no key update of p
  ),
  moved as (
    update log.partitions p set next_offset = l.first + l.count from locked l where p.id = l.id
    returning p.id, l.first, p.next_offset
  ),
  appended as (
    insert into log.records (partition, record_offset, key, value)
    select r.partition, m.first + r.place, r.key, substring($9::bytea from r.start + 1 for r.size)
      from unnest($5::int4[], $6::int4[], $7::text[], $8::int4[], $10::int4[]) as r (partition, place, key, start, size)
      left join moved m on m.id = r.partition
     where exists (select from producer)
  )
  select pg_notify('${channel}', left('r ' || string_agg(id || ':' || next_offset, ' '), 7900)) from moved having count(*) > 0`

/** Inserts batches, one at a time. An insert whose fate is unknown may be sent again, or given up: it is in once, or never. */
export function createPostgresSender(database: Database, partitions: Partitions): Sender {
  const producer = randomUUID()
  let sequence = 0n
  let isUnsettled = false

  async function insert(batch: readonly OutgoingRecord[]): Promise<void> {
    const counts = new Map<number, number>()
    const [ids, places, keys, starts, sizes]: [number[], number[], string[], number[], number[]] = [[], [], [], [], []]
    let start = 0
    for (const { topic, key, value } of batch) {
      const known = await partitions.idsOf(topic)
      const id = known[partitionOf(key, known.length)] ?? 0
      const place = counts.get(id) ?? 0
      counts.set(id, place + 1)
      ids.push(id)
      places.push(place)
      keys.push(key)
      starts.push(start)
      sizes.push(value.length)
      start += value.length
    }
    // All values in one parameter: it goes as bytes, where an array of them would be quoted as text.
    const bytes = Buffer.concat(batch.map(record => record.value))
    const counted = [[...counts.keys()], [...counts.values()]]
    await database.query(append, [producer, sequence, ...counted, ids, places, keys, starts, bytes, sizes])
  }

  return {
    async send(batch): Promise<SendResult> {
      if (!isUnsettled) sequence++
      isUnsettled = true
      try {
        await insert(batch)
        isUnsettled = false
        return { kind: 'durable' }
      } catch (cause) {
        if (isTopicMissing(cause)) return { kind: 'retry', code: 'topic-missing', cause }
        if (isRetriable(cause)) return { kind: 'retry', code: 'unreachable', cause }
        return { kind: 'failed', cause }
      }
    },
    async forget() {
      // The next batch has a later number: what was given up comes too late from then on.
      isUnsettled = false
    },
  }
}
