import { type EventLogTimers, pause } from '../timers.ts'
import type { Database } from './database.ts'
import type { PostgresLogSettings } from './options.ts'

/** So many records in one transaction: an append to the partition waits for no more than that. */
const recordsMax = 10_000

/**
 * Drops the oldest records of one partition as far as they are too old. Its row says first where the partition begins
 * now: a reader sees both changes, or none. Nothing is done while another process does it.
 */
const dropOld = `
  with aged as (
    select max(record_offset) + 1 as oldest from (
      select record_offset, appended_at from log.records where partition = $1::int4 order by record_offset limit $3::int4
    ) as first_ones
    where appended_at < clock_timestamp() - $2::int8 * interval '1 ms'
  ),
  moved as (
    update log.partitions p set oldest_offset = aged.oldest from aged
     where p.id = $1::int4 and aged.oldest > p.oldest_offset and pg_try_advisory_xact_lock($1::int4, 0)
    returning p.oldest_offset
  ),
  dropped as (
    delete from log.records r using moved where r.partition = $1::int4 and r.record_offset < moved.oldest_offset
    returning 1
  )
  select count(*)::int4 as dropped from dropped`

/** An appender that was not heard of for so long has nothing under way. */
const dropProducers = `delete from log.producers where seen_at < clock_timestamp() - interval '1 day'`

/** Drops what is too old, now. @returns how many records */
export async function applyRetention(database: Database, retentionMs: number): Promise<number> {
  let total = 0
  for (const { id } of await database.query<{ id: number }>('select id from log.partitions')) {
    for (let dropped = recordsMax; dropped === recordsMax; total += dropped) {
      const [row] = await database.query<{ dropped: number }>(dropOld, [id, retentionMs, recordsMax])
      dropped = row?.dropped ?? 0
    }
  }
  await database.query(dropProducers)
  return total
}

/**
 * Drops what is too old, every now and then until the signal aborts. Not at the start: what lay unread when everything
 * was stopped, perhaps long ago, is read first.
 */
export async function keepRetention(
  database: Database,
  settings: PostgresLogSettings,
  timers: EventLogTimers,
  signal: AbortSignal,
): Promise<void> {
  while (await pause(timers, settings.retentionCheckMs, signal)) {
    try {
      const dropped = await applyRetention(database, settings.retentionMs)
      if (dropped > 0) settings.logger.info({ dropped }, 'old records were dropped')
    } catch (error) {
      settings.logger.warn({ error: String(error) }, 'old records could not be dropped: next time')
    }
  }
}
