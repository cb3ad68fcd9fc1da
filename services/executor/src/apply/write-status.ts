import { lostObject } from './lost-object.ts'
import { done } from './settlement.ts'
import type { Apply } from './tools.ts'

/**
 * Writes our fields of the status, and only those: conditions others keep there stay (spec §5.1). An unset
 * collisionCount is left out, because a merge patch would remove it with null, and the API lets it grow only.
 */
export const writeStatus: Apply<'WriteStatus'> = async ({ daemonSet, status }, tools, signal) => {
  const address = { resource: 'DaemonSet', namespace: daemonSet.namespace, name: daemonSet.name } as const
  const { collisionCount, ...counts } = status
  const patch = {
    metadata: { uid: daemonSet.uid },
    status: collisionCount === null ? counts : { ...counts, collisionCount },
  }
  try {
    return done(await tools.calls.patch({ ...address, subresource: 'status' }, 'merge', patch, signal))
  } catch (error) {
    return lostObject(error, { address, uid: daemonSet.uid, whenGone: 'superseded' }, tools, signal)
  }
}
