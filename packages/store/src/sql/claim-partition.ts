import type { Ownership } from '../store.ts'
import type { Statement } from './statement.ts'

/**
 * Stores the offset if the epoch still is ours, and locks the partition's row: no other process can take the partition
 * over until this transaction ends. No row means that one has.
 */
export const claimPartition: Statement<{ owner: Ownership; nextOffset: bigint }, { epoch: number }> = {
  name: 'claim_partition',
  text: `
    update partition_owners
    set next_offset = $5
    where consumer_group = $1 and topic = $2 and partition = $3 and epoch = $4
    returning epoch`,
  values: ({ owner, nextOffset }) => [owner.group, owner.topic, owner.partition, owner.epoch, nextOffset],
  row: ({ epoch }) => ({ epoch: Number(epoch) }),
}
