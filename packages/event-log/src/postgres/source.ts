import type { DeliveredRecord } from '../event-log.ts'
import type { RecordSource } from '../partition-run.ts'
import { backOffMs, type EventLogTimers, pause } from '../timers.ts'
import type { Bell } from './bell.ts'
import type { Database } from './database.ts'
import { createWaker } from './waker.ts'

/** The bounds of the partition and what lies at the offset, as of one instant. No record: one row without offset. */
const fetch = `
  select p.oldest_offset as oldest, p.next_offset as next, r.record_offset as "offset", r.key, r.value
    from log.partitions p
    left join lateral (
      select * from (
        select record_offset, key, value,
               sum(coalesce(octet_length(value), 0)) over (order by record_offset) - coalesce(octet_length(value), 0) as before
          from log.records
         where partition = p.id and record_offset >= $2::int8
         order by record_offset
         limit $3::int4
      ) as found
      where before <= $4::int8
    ) r on $2::int8 >= p.oldest_offset
   where p.id = $1::int4
   order by r.record_offset`

type Fetched = {
  readonly oldest: bigint
  readonly next: bigint
  readonly offset: bigint | null
  readonly key: string
  readonly value: Buffer | null
}

export type SourceOptions = {
  /** Id of the partition. */
  readonly id: number
  readonly database: Database
  readonly bell: Bell
  readonly timers: EventLogTimers
  readonly bytesMax: number
  readonly onTruncated: (wanted: bigint, oldest: bigint) => void
}

const empty = new Uint8Array(0)

/** Reads one partition from the table, when the bell rings. */
export function createPostgresSource(options: SourceOptions): RecordSource {
  const { id, database, bell, timers } = options
  const waker = createWaker(timers)
  let position: bigint | null = null

  const read = (from: bigint, max: number) => database.query<Fetched>(fetch, [id, from, max, options.bytesMax])

  /** What lies at the position; null when it could not be read. */
  async function tryRead(max: number): Promise<readonly Fetched[] | null> {
    try {
      return await read(position ?? 0n, max)
    } catch {
      // The database has noted it: this is health, and tried again.
      return null
    }
  }

  /** Where the partition begins and ends; moves the position when it lies outside. */
  function moveInside({ oldest, next }: Fetched): boolean {
    if (position !== null && position >= oldest && position <= next) return true
    if (position !== null) options.onTruncated(position, oldest)
    position = oldest
    return false
  }

  return {
    async open(wanted) {
      position = wanted
    },
    async take(max, signal) {
      const forget = bell.onRecords(id, waker.ring)
      try {
        for (let failures = 0; !signal.aborted; ) {
          waker.clear()
          const rows = await tryRead(max)
          const [first] = rows ?? []
          if (!rows || !first) {
            failures++
            await pause(timers, backOffMs(failures, 50, 1_000), signal)
            continue
          }
          failures = 0
          if (!moveInside(first)) continue
          if (first.offset === null) {
            await waker.wait(null, signal)
            continue
          }
          const records = rows.map(({ offset, key, value }): DeliveredRecord => {
            return { offset: offset ?? 0n, key, value: value ?? empty }
          })
          position = first.offset + BigInt(records.length)
          return { records, highWatermark: first.next - 1n }
        }
        return null
      } finally {
        forget()
      }
    },
  }
}
