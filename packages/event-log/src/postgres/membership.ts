import type { TopicName } from '@rollcall/contracts'
import { channel, groupPayload } from './bell.ts'
import type { Database } from './database.ts'

/** What a member sees of its group. Partitions by their id. */
export type GroupView = {
  readonly members: number
  /** How many partitions are its share. */
  readonly share: number
  readonly mine: readonly number[]
  /** Nobody has them. */
  readonly free: readonly number[]
}

/** A consumer's part in its group, in the tables `log.members` and `log.claims`. */
export type Membership = {
  join(): Promise<void>
  /** Gives a sign of life, and drops members that gave none for too long. False: we were dropped ourselves. */
  beat(): Promise<boolean>
  look(): Promise<GroupView>
  /** Takes free partitions; gives those that nobody else took first. */
  claim(partitions: readonly number[]): Promise<readonly number[]>
  release(partitions: readonly number[]): Promise<void>
  leave(): Promise<void>
}

/** After a restart of the server nobody could give a sign of life: everybody gets the time again. */
const beat = `
  with me as (
    update log.members set seen_at = clock_timestamp() where id = $1::int8 returning consumer_group, topic
  ),
  dropped as (
    delete from log.members m using me
     where m.consumer_group = me.consumer_group and m.topic = me.topic and m.id <> $1::int8
       and m.seen_at < clock_timestamp() - $2::int4 * interval '1 ms'
       and pg_postmaster_start_time() < clock_timestamp() - $2::int4 * interval '1 ms'
    returning m.id
  )
  select (select count(*) from dropped)::int4 as dropped from me`

const look = `
  select p.id, c.member from log.partitions p
    left join log.claims c on c.partition = p.id and c.consumer_group = $1
   where p.topic = $2
   order by p.number`

export function createMembership(
  database: Database,
  topic: TopicName,
  group: string,
  sessionTimeoutMs: number,
): Membership {
  let id = 0n

  async function tell(): Promise<void> {
    await database.query('select pg_notify($1, $2)', [channel, groupPayload(topic, group)])
  }

  return {
    async join() {
      const [row] = await database.query<{ id: bigint }>(
        'insert into log.members (consumer_group, topic) values ($1, $2) returning id',
        [group, topic],
      )
      id = row?.id ?? 0n
      await tell()
    },

    async beat() {
      const [row] = await database.query<{ dropped: number }>(beat, [id, sessionTimeoutMs])
      if ((row?.dropped ?? 0) > 0) await tell()
      return row !== undefined
    },

    async look() {
      const members = await database.query<{ id: bigint }>(
        'select id from log.members where consumer_group = $1 and topic = $2 order by id',
        [group, topic],
      )
      const partitions = await database.query<{ id: number; member: bigint | null }>(look, [group, topic])
      const place = members.findIndex(member => member.id === id)
      return {
        members: members.length,
        share: shareOf(place, members.length, partitions.length),
        mine: partitions.filter(({ member }) => member === id).map(partition => partition.id),
        free: partitions.filter(({ member }) => member === null).map(partition => partition.id),
      }
    },

    async claim(partitions) {
      const rows = await database.query<{ partition: number }>(
        `insert into log.claims (consumer_group, partition, member)
         select $1, partition, $2::int8 from unnest($3::int4[]) as partition
         on conflict do nothing returning partition`,
        [group, id, partitions],
      )
      return rows.map(row => row.partition)
    },

    async release(partitions) {
      await database.query('delete from log.claims where member = $1::int8 and partition = any($2::int4[])', [
        id,
        partitions,
      ])
      await tell()
    },

    async leave() {
      await database.query('delete from log.members where id = $1::int8', [id])
      await tell()
    },
  }
}

/** Shares differ by one at most, and only those that must change do when members come and go. */
export function shareOf(place: number, members: number, partitions: number): number {
  if (place < 0) return 0
  return Math.floor(partitions / members) + (place < partitions % members ? 1 : 0)
}
