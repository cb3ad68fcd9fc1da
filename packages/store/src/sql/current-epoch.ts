import type { Ownership } from '../store.ts'
import type { Statement } from './statement.ts'

/** Who holds the partition now: for the sentence that tells a stale owner. */
export const currentEpoch: Statement<Ownership, { epoch: number }> = {
  name: 'current_epoch',
  text: `
    select epoch
    from partition_owners
    where consumer_group = $1 and topic = $2 and partition = $3`,
  values: ({ group, topic, partition }) => [group, topic, partition],
  row: ({ epoch }) => ({ epoch: Number(epoch) }),
}
