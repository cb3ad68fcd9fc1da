import type { Rate } from '@rollcall/contracts'
import { type StopWord, stopWords } from '../node-stops.ts'
import type { Override } from '../overrides.ts'
import { annotation } from './annotation.ts'
import { choice, duration, flag, labelKey, rate, resourceOverrides, someOf, tolerations } from './values.ts'

/** What can be asked of placement. */
export const placementAnnotations = {
  creationRate: annotation<Rate | null>({
    name: 'creation-rate',
    form: rate,
    absent: null,
    example: '10/s',
    meaning:
      'At most so many pods of this DaemonSet are created in a second (`s`), a minute (`m`) or an hour (`h`), evenly spread, by node name. Whatever asks for them: new nodes, a new DaemonSet, a rollout. For a whole cluster: the watcher’s `--creation-rate` (also of `rollcall up`), of which those that wait for the fewest pods have their share first.',
    nonsense: 'asAbsent',
  }),
  surgeBackOff: annotation({
    name: 'surge-back-off',
    form: flag,
    absent: false,
    example: 'true',
    meaning:
      'The back-off of failed pods (1 s, doubling up to 15 min, for each node) also holds what `maxSurge` would create there: a node whose pod has failed gets the next one when the failed one has been removed, as without surge. Without this, a kubelet that rejects pods is sent new ones without end (k/k#124388).',
    nonsense: 'asAbsent',
  }),

  holdsOn: annotation<readonly StopWord[]>({
    name: 'hold-creation-on',
    form: someOf(...stopWords),
    absent: [],
    example: 'shutdown, maintenance, drain',
    meaning:
      'No pod is created, and none replaced by a rollout, on a node that is being stopped on purpose. `shutdown`: its condition `GracefulNodeShutdownInProgress` is true. `maintenance`: `MaintenanceInProgress`. `drain`: `DrainInProgress`, or the node carries the label or taint `rollcall.dev/drain` (unless its value is `false`). `cordon`: the node is unschedulable. Pods that are there stay; a failed one is removed, and comes back when the node does. A rollout goes on without such nodes, and their turn comes when they are back. Without this, the controller creates what the kubelet ends, again and again (k/k#122912, k/k#75482).',
    nonsense: 'asAbsent',
  }),
  debounceMs: annotation<number | null>({
    name: 'debounce',
    form: duration,
    absent: null,
    example: '30s',
    meaning:
      'Labels and taints of nodes may flap. When a node stops to fit, its pod is removed only after it has not fitted for so long. A node that begins to fit gets its pod at once, unless it had ceased to less than this before: then when it has fitted for so long. Every flip is counted in the reason. A node that goes is not waited for (k/k#53556, k/k#104984).',
    nonsense: 'asAbsent',
  }),
  waitsForPredecessor: annotation({
    name: 'wait-for-predecessor',
    form: flag,
    absent: false,
    example: 'true',
    meaning:
      'No pod is created on a node on which an earlier one has not ended yet: one of an earlier DaemonSet of this name (deleted and made anew) or with matching labels, that its DaemonSet left behind; and, with `maxSurge`, one of its own that is being deleted and has no successor. Beside an old pod that lives, surge still starts its new one. Without this, two may use the same host path or port at once (k/k#131684).',
    nonsense: 'asAbsent',
  }),
  withoutTolerations: annotation<readonly string[]>({
    name: 'without-tolerations',
    form: tolerations,
    absent: [],
    example: 'unreachable, not-ready',
    meaning:
      'These tolerations are not added to pods that are created from now on, and nodes are judged without them. What the template itself tolerates it keeps, `tolerationSeconds` included: leave out `not-ready` and `unreachable` to have pods evicted from dead nodes after a time of your own (k/k#92960); leave out `unschedulable` to have no new pods on cordoned nodes. The template, its revision and its hash stay as they are, and so do pods that are there.',
    nonsense: 'asAbsent',
  }),
  removal: annotation<'delete' | 'evict'>({
    name: 'voluntary-removal',
    form: choice('delete', 'evict'),
    absent: 'delete',
    example: 'evict',
    meaning:
      'How pods go that could stay: those that a rollout replaces, and those on nodes that do not fit any more (not those of a `NoExecute` taint). `evict` asks for their eviction, which PodDisruptionBudgets may refuse (429): then evictions of this DaemonSet wait together, 1 s doubling up to 30 s, a pod that was refused up to 5 min, and others are asked for first. With `maxSurge`, an old pod that its budget keeps stays beside the new one, and counts as a surge. Failed pods and duplicates are deleted all the same. Needs the right `create pods/eviction`.',
    nonsense: 'holdsRollout',
  }),
  resourceOverrides: annotation<readonly Override[]>({
    name: 'resource-overrides',
    form: resourceOverrides,
    absent: [],
    example:
      '[{"name": "large", "nodes": "pool=large", "containers": {"agent": {"requests": {"memory": "1Gi"}, "limits": {"memory": "2Gi"}}}}]',
    meaning:
      'What containers ask for on the nodes of a class, in place of what the template says; the first entry that fits a node counts, and what an entry does not name stays. It is applied when a pod is created, which then has the label `rollcall.dev/override`. The template, its revision and its hash stay as they are, so no rollout starts: a pod whose override has changed since, or whose node is of another class now, stays, `rollcall why` says so, and its successor has the new one (`kubectl rollout restart` replaces all). (k/k#88898)',
    nonsense: 'asAbsent',
  }),
  startupTaint: annotation<string | null>({
    name: 'startup-taint',
    form: labelKey,
    absent: null,
    example: 'example.com/agents-starting',
    meaning:
      'The key of a taint that nodes join with, to keep pods away until their daemons are up. It is taken from a node as soon as every DaemonSet that names it and should run there has an available pod there. Each of them has to tolerate it, or it does not count as one that should run there. It is not put back when a pod fails later. Needs the rights `get` and `patch nodes`. (k/k#75890)',
    nonsense: 'asAbsent',
  }),
} as const
