import type { Difference } from '../compare.ts'
import { type Context, eventAt, type Rule } from './rule.ts'

/** client-go tells 25 events of one object at once, and then one more each 5 minutes. */
const burst = 25

export const taintEviction: Rule = {
  id: 'race-taint-eviction',
  because:
    'a NoExecute taint: the controller and the taint eviction delete the same pod, and who is second says nothing',
  explains: (differences, { drivenOut }) =>
    differences.filter(difference => {
      const event = eventAt(difference)
      const isOnOneSide = difference.builtIn === undefined || difference.rollcall === undefined
      return event?.reason === 'Normal SuccessfulDelete' && isOnOneSide && drivenOut.has(event.title)
    }),
}

export const eventBurst: Rule = {
  id: 'race-event-burst',
  because: 'of one object 25 events are written, then one in 5 minutes: what comes last is a matter of pace',
  explains: (differences, context) => differences.filter(difference => hasNoneLeft(difference, context)),
}

/** Each side that lacks something has told as much of the DaemonSet as it may. */
function hasNoneLeft(difference: Difference, { eventCounts }: Context): boolean {
  const event = eventAt(difference)
  if (event === null) return false
  const [theirs, ours] = [difference.builtIn, difference.rollcall].map(messagesIn)
  const lacks = (side: ReadonlySet<string> = new Set(), other: ReadonlySet<string> = new Set()) =>
    [...other].some(message => !side.has(message))
  const isSpent = (side: 'builtIn' | 'rollcall') => (eventCounts[side].get(event.title) ?? 0) >= burst
  return (!lacks(theirs, ours) || isSpent('builtIn')) && (!lacks(ours, theirs) || isSpent('rollcall'))
}

const messagesIn = (text: string | undefined): ReadonlySet<string> => new Set(JSON.parse(text ?? '[]') as string[])
