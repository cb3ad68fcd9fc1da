import { type CommandOf, type Json, ownConditions } from '@rollcall/contracts'
import { lostObject } from './lost-object.ts'
import { done } from './settlement.ts'
import type { Apply } from './tools.ts'

/**
 * Writes our fields of the status, and only those: conditions others keep there stay (spec §5.1). An unset
 * collisionCount is left out, because a merge patch would remove it with null, and the API lets it grow only.
 */
export const writeStatus: Apply<'WriteStatus'> = async ({ daemonSet, status, conditions }, tools, signal) => {
  const address = { resource: 'DaemonSet', namespace: daemonSet.namespace, name: daemonSet.name } as const
  const { collisionCount, ...counts } = status
  const numbers = collisionCount === null ? counts : { ...counts, collisionCount }
  const metadata = { uid: daemonSet.uid }
  // Only a strategic merge patch touches single conditions of the list.
  const [type, patch] =
    conditions === null
      ? (['merge', { metadata, status: numbers }] as const)
      : (['strategic', { metadata, status: { ...numbers, conditions: conditionsPatch(conditions) } }] as const)
  try {
    return done(await tools.calls.patch({ ...address, subresource: 'status' }, type, patch, signal))
  } catch (error) {
    return lostObject(error, { address, uid: daemonSet.uid, whenGone: 'superseded' }, tools, signal)
  }
}

/** Those of ours that are not given are removed; those of others are not named. */
function conditionsPatch(given: NonNullable<CommandOf<'WriteStatus'>['conditions']>): Json[] {
  return ownConditions.map((type): Json => {
    const condition = given.find(each => each.type === type)
    if (!condition) return { $patch: 'delete', type }
    const { since, ...rest } = condition
    return { ...rest, lastTransitionTime: `${new Date(since).toISOString().slice(0, 19)}Z` }
  })
}
