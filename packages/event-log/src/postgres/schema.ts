import { type TopicName, topics } from '@rollcall/contracts'
import type pg from 'pg'
import { EventLogError } from '../event-log.ts'
import type { Database } from './database.ts'
import type { PostgresLogSettings } from './options.ts'

const schemaVersion = 1

const tables = [
  'create schema log',
  'create table log.schema_version (version int4 not null)',
  `insert into log.schema_version (version) values (${schemaVersion})`,
  `create table log.partitions (
    id int4 primary key generated always as identity,
    topic text not null,
    number int4 not null,
    -- The row lock on it, held until the commit, is what makes offsets gapless and visible in their order.
    next_offset int8 not null default 0,
    oldest_offset int8 not null default 0,
    unique (topic, number)
  ) with (fillfactor = 50)`,
  `create table log.records (
    record_offset int8 not null,
    appended_at timestamptz not null default clock_timestamp(),
    partition int4 not null,
    key text not null,
    value bytea,
    primary key (partition, record_offset)
  )`,
  // The last insert of each appender: one that was sent again, or arrives late, is recognised.
  `create table log.producers (
    id uuid primary key,
    sequence int8 not null,
    seen_at timestamptz not null
  ) with (fillfactor = 50)`,
  // Consumers, group by group, and who has which partition. The primary key lets nobody else have it.
  `create table log.members (
    id int8 primary key generated always as identity,
    consumer_group text not null,
    topic text not null,
    seen_at timestamptz not null default clock_timestamp()
  ) with (fillfactor = 50)`,
  'create index members_of_group on log.members (consumer_group, topic)',
  `create table log.claims (
    consumer_group text not null,
    partition int4 not null references log.partitions,
    member int8 not null references log.members on delete cascade,
    primary key (consumer_group, partition)
  )`,
  'create index claims_of_member on log.claims (member)',
]

/**
 * Makes the schema `log` and the partitions of the topics, unless they are there. `dropMembers`: whoever is in a group is
 * known to be dead. @throws EventLogError
 */
export async function ensureTopics(
  database: Database,
  settings: PostgresLogSettings,
  dropMembers: boolean,
): Promise<void> {
  await database.session(async client => {
    await client.query('begin')
    // Others wait, and find it done.
    await client.query(`select pg_advisory_xact_lock(hashtextextended('rollcall/log', 0))`)
    await ensureSchema(client)
    for (const topic of Object.values(topics)) await ensurePartitions(client, topic, settings)
    if (dropMembers) await client.query('delete from log.members')
    await client.query('commit')
  })
}

async function ensureSchema(client: pg.ClientBase): Promise<void> {
  const { rows } = await client.query(`select to_regclass('log.schema_version') is not null as present`)
  if (!rows[0]?.present) {
    for (const statement of tables) await client.query(statement)
    return
  }
  const found = await client.query('select version from log.schema_version')
  const version: unknown = found.rows[0]?.version
  if (version === schemaVersion) return
  throw new EventLogError(
    'failed',
    `the schema "log" has version ${version}, this program needs ${schemaVersion}: run the program that made it, or drop the schema once everything in it was consumed`,
  )
}

async function ensurePartitions(client: pg.ClientBase, topic: TopicName, settings: PostgresLogSettings): Promise<void> {
  const { rows } = await client.query('select count(*)::int4 as count from log.partitions where topic = $1', [topic])
  const count: number = rows[0]?.count
  const { partitions, logger } = settings
  if (count === 0) {
    await client.query(
      'insert into log.partitions (topic, number) select $1, number from generate_series(0, $2::int4 - 1) as number',
      [topic, partitions],
    )
    logger.info({ topic, partitions }, 'topic created')
  } else if (count !== partitions) {
    logger.warn(
      { topic, partitions: count, wanted: partitions },
      'the topic exists with another number of partitions: it is left alone, because a change would move keys between partitions',
    )
  }
}
