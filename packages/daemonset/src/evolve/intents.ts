import type { ClusterState } from '../state.ts'

/** So many intents may be asked for a second time, and are still known to be the same. */
const intentsMax = 200

/** Whether this intent has been folded already. One without an id (of an early version) never has. */
export const isAskedAgain = (state: ClusterState, intent: string): boolean => state.intents.includes(intent)

export function noteIntent(state: ClusterState, intent: string): void {
  if (intent === '') return
  state.intents.push(intent)
  if (state.intents.length > intentsMax) state.intents.shift()
}
