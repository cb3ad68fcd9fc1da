import type { TopicName } from '@rollcall/contracts'
import type { Statement } from './statement.ts'

/** Raises the epoch by one. Waits for a commit of the present owner that is under way. */
export const takePartition: Statement<
  { group: string; topic: TopicName; partition: number; process: string },
  { epoch: number; nextOffset: bigint | null }
> = {
  name: 'take_partition',
  text: `
    insert into partition_owners as o (consumer_group, topic, partition, epoch, process)
    values ($1, $2, $3, 1, $4)
    on conflict (consumer_group, topic, partition)
    do update set epoch = o.epoch + 1, process = excluded.process, taken_at = now()
    returning epoch, next_offset`,
  values: ({ group, topic, partition, process }) => [group, topic, partition, process],
  row: ({ epoch, next_offset }) => ({
    epoch: Number(epoch),
    nextOffset: next_offset === null ? null : BigInt(next_offset),
  }),
}
