import { PartitionAssigners } from 'kafkajs'
import type { FormerMember } from './mend-kafkajs.ts'

type PartitionAssigner = typeof PartitionAssigners.roundRobin

/** kafkajs takes it for "the group is rebalancing", and tries to join again after its back-off. */
class NotReleasedYet extends Error {
  readonly type = 'REBALANCE_IN_PROGRESS'
  constructor() {
    super('the partitions of the last generation are still being released')
  }
}

/**
 * Round-robin assignment, with a gate in front of joining. kafkajs joins the next generation at once when the group rebalances,
 * and offers no hook to finish the work on the partitions first. But it asks the assigner for its protocol before every
 * join, and takes a refusal for one more reason to try later; so the refusal is the hook.
 */
export function gatedRoundRobin(mayJoin: () => boolean, formerMemberId: string | null): PartitionAssigner {
  return config => {
    const inner = PartitionAssigners.roundRobin(config)
    const assigner: ReturnType<PartitionAssigner> & FormerMember = {
      formerMemberId,
      name: inner.name,
      version: inner.version,
      assign: group => inner.assign(group),
      protocol(subscription) {
        if (!mayJoin()) throw new NotReleasedYet()
        return inner.protocol(subscription)
      },
    }
    return assigner
  }
}
