import { ApiError } from '@rollcall/kube'
import { arrayIn, identityOf, isObject, objectIn, textIn } from '../kube-objects.ts'
import { answered, answerOf, done, settle } from './settlement.ts'
import type { Apply } from './tools.ts'

/** Takes one taint from a node: by its place in the list, and only while the node is as it was read. */
export const untaintNode: Apply<'UntaintNode'> = async ({ node: name, nodeUid, taint }, tools, signal) => {
  const address = { resource: 'Node', name } as const
  const node = await tools.calls.get(address, signal).catch((error: unknown) => answered(error, 404))
  if (node instanceof ApiError) return settle('superseded', null, answerOf(node))
  const { uid, resourceVersion } = identityOf(node)
  if (uid !== nodeUid) return settle('superseded', node)
  const index = arrayIn(objectIn(node, 'spec'), 'taints').findIndex(
    found =>
      isObject(found) &&
      textIn(found, 'key') === taint.key &&
      textIn(found, 'value') === taint.value &&
      textIn(found, 'effect') === taint.effect,
  )
  if (index < 0) return settle('alreadyDone', node)
  const patch = [
    { op: 'test', path: '/metadata/resourceVersion', value: resourceVersion },
    { op: 'remove', path: `/spec/taints/${index}` },
  ]
  try {
    return done(await tools.calls.patch(address, 'json', patch, signal))
  } catch (error) {
    const { message } = answered(error, 404, 422)
    // The node has changed since it was read, or is gone: look again, as after any lost race.
    throw new ApiError({ code: 409, reason: 'Conflict', cause: '', message, retryAfterMs: null })
  }
}
