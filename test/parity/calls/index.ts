import type { Call } from '../call.ts'
import { daemonSetCalls } from './daemon-sets.ts'
import { discoveryCalls } from './discovery.ts'
import { errorCalls } from './errors.ts'
import { namespaceCalls, nodeCalls, podCalls, podEndCalls } from './nodes-and-pods.ts'
import { otherCalls, otherEndCalls } from './others.ts'
import { selectorCalls } from './selectors.ts'
import { watchCalls } from './watches.ts'

/** All calls in the order in which they are made: later ones see what earlier ones have left. */
export const calls: readonly Call[] = [
  ...discoveryCalls,
  ...namespaceCalls,
  ...errorCalls,
  ...nodeCalls,
  ...daemonSetCalls,
  ...podCalls,
  ...otherCalls,
  ...selectorCalls,
  ...watchCalls,
  ...podEndCalls,
  ...otherEndCalls,
]
