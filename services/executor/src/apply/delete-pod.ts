import { ApiError } from '@rollcall/kube'
import { lostObject } from './lost-object.ts'
import { done, retryCauseOf } from './settlement.ts'
import type { Apply } from './tools.ts'

/** Deletes the pod with its own grace period, if it still is the one the command means. */
export const deletePod: Apply<'DeletePod'> = async (command, tools, signal) => {
  const { daemonSet, pod } = command
  const address = { resource: 'Pod', namespace: daemonSet.namespace, name: pod.name } as const
  const tell = (type: 'Normal' | 'Warning', reason: string, message: string) =>
    tools.tell({ daemonSet, type, reason, message, commandId: command.id })
  try {
    const deleted = await tools.calls.delete(address, pod.uid, signal)
    tell('Normal', 'SuccessfulDelete', `Deleted pod: ${pod.name}`)
    return done(deleted)
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    if (error.code === 404 || error.code === 409) {
      return lostObject(error, { address, uid: pod.uid, whenGone: 'alreadyDone' }, tools, signal)
    }
    const cause = retryCauseOf(error)
    if (cause === null || cause === 'failed') tell('Warning', 'FailedDelete', `Error deleting: ${error.message}`)
    throw error
  }
}
