import { ApiError } from '@rollcall/kube'
import { lostObject } from './lost-object.ts'
import { isBudgetRefusal, retryCauseOf, settle } from './settlement.ts'
import type { Apply } from './tools.ts'

/** Asks for the pod's eviction, if it still is the one the command means. What a budget refuses is `refused`, with 429. */
export const evictPod: Apply<'EvictPod'> = async (command, tools, signal) => {
  const { daemonSet, pod } = command
  const address = { resource: 'Pod', namespace: daemonSet.namespace, name: pod.name } as const
  const tell = (type: 'Normal' | 'Warning', reason: string, message: string) =>
    tools.tell({ daemonSet, type, reason, message, commandId: command.id })
  try {
    await tools.calls.evict(address, pod.uid, signal)
    tell('Normal', 'SuccessfulDelete', `Evicted pod: ${pod.name}`)
    return settle('done')
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    if (error.code === 404 || error.code === 409) {
      return lostObject(error, { address, uid: pod.uid, whenGone: 'alreadyDone' }, tools, signal)
    }
    const cause = retryCauseOf(error)
    // A budget that says no is how evictions are meant to work; the decision's reason tells of it.
    if ((cause === null || cause === 'failed') && !isBudgetRefusal(error)) {
      tell('Warning', 'FailedDelete', `Error evicting: ${error.message}`)
    }
    throw error
  }
}
