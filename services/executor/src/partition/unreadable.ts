import { type CommandSettled, commandTypeSchema } from '@rollcall/contracts'
import { z } from 'zod'
import { ownAnswer } from '../apply/settlement.ts'

/** What a command has whatever its version: enough to answer it. */
const nameplate = z.object({
  type: commandTypeSchema,
  cluster: z.string().min(1),
  id: z.string().min(1),
  slot: z.string().min(1),
})

/** The outcome of a command that cannot be read; null when it does not even say whose it is. */
export function readUnreadable(
  value: Uint8Array,
  failure: { readonly code: string; readonly reason: string },
  now: number,
): CommandSettled | null {
  // Not JSON at all: there is nobody to answer.
  if (failure.code === 'not-json') return null
  const known = nameplate.safeParse(JSON.parse(Buffer.from(value).toString('utf8')))
  if (!known.success) return null
  const { cluster, id, slot, type } = known.data
  return {
    type: 'CommandSettled',
    cluster,
    at: Math.floor(now),
    commandId: id,
    commandType: type,
    slot,
    result: 'refused',
    object: null,
    answer: ownAnswer('Unreadable', failure.reason),
    attempts: 1,
  }
}
