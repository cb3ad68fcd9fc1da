import { type Address, ApiError } from '@rollcall/kube'
import { identityOf } from '../kube-objects.ts'
import { answered, answerOf, type Settlement, settle } from './settlement.ts'
import type { Tools } from './tools.ts'

/**
 * What a write bound to a uid means when it met 404, 409 or 422. 404: the object is gone. The others answer both to
 * another object of the name (uid precondition, immutable uid) and to something else (a lost race, a true refusal):
 * only the first is final, so the object is looked at.
 * @throws the same error when it is neither
 */
export async function lostObject(
  error: unknown,
  target: { readonly address: Address; readonly uid: string; readonly whenGone: 'alreadyDone' | 'superseded' },
  tools: Tools,
  signal: AbortSignal,
): Promise<Settlement> {
  const { address, uid, whenGone } = target
  const answer = answered(error, 404, 409, 422)
  if (answer.code === 404) return settle(whenGone, null, answerOf(answer))
  const current = await tools.calls.get(address, signal).catch((got: unknown) => answered(got, 404))
  if (current instanceof ApiError) return settle(whenGone, null, answerOf(current))
  if (identityOf(current).uid === uid) throw error
  return settle('superseded', current, answerOf(answer))
}
