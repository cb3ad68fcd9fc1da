import type { DeadLetter, Ownership } from '../store.ts'
import { bigints, byteStrings, texts } from './arrays.ts'
import { statement } from './statement.ts'

/** Nothing for one that is there: a commit whose answer was lost is made again. */
export const insertDeadLetters = statement<{ owner: Ownership; letters: readonly DeadLetter[] }>(
  'insert_dead_letters',
  `
    insert into dead_letters (topic, partition, log_offset, key, bytes, code, reason)
    select $1, $2, new.*
    from unnest($3::int8[], $4::text[], $5::bytea[], $6::text[], $7::text[]) as new (log_offset, key, bytes, code, reason)
    where not exists (
      select from dead_letters as old
      where old.topic = $1 and old.partition = $2 and old.log_offset = new.log_offset and old.bytes = new.bytes
    )`,
  ({ owner, letters }) => [
    owner.topic,
    owner.partition,
    bigints(letters.map(({ offset }) => offset)),
    texts(letters.map(({ key }) => key)),
    byteStrings(letters.map(({ bytes }) => bytes)),
    texts(letters.map(({ code }) => code)),
    texts(letters.map(({ reason }) => reason)),
  ],
)
