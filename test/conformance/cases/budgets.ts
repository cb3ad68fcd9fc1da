import { daemonSet, nodes, onDelete, rolling, surging } from '../objects.ts'
import {
  type Case,
  getReady,
  given,
  patchPods,
  refuse,
  refusedByApi,
  type Step,
  settles,
  silence,
  story,
  where,
} from '../scenario.ts'
import { running, update } from './running.ts'

/** So many nodes, of which the last `empty` got no pod, because creations were refused; the rest is ready. */
const partly = (count: number, empty: number): Step[] => [
  given(daemonSet({ strategy: onDelete }), ...nodes(count)),
  refuse('create Pod', { after: count - empty }),
  settles([count, 0]),
  getReady(),
  settles([0, 0]),
]

/** Spec §9.2 R11: budgets, told by what an update may touch at once. */
export const budgets: readonly Case[] = [
  refusedByApi(
    'cannot be 0 when maxSurge is 0',
    story(
      'R11a',
      'no nodes, maxUnavailable 0: nothing is desired, nothing is done',
      given(daemonSet({ strategy: rolling(0) })),
      settles({ pods: [0, 0] }),
      update('foo/2', { strategy: rolling(0) }),
      settles({ pods: [0, 0], status: { desiredNumberScheduled: 0 } }),
    ),
  ),
  story(
    'R11b',
    '2 nodes ready, maxUnavailable 1',
    ...running(2),
    update('foo/2', { strategy: rolling(1) }),
    settles([1, 1]),
  ),
  refusedByApi(
    'cannot be 0 when maxSurge is 0',
    story(
      'R11c',
      '2 nodes, one of them empty, maxUnavailable 0: it is 1, and the empty node has spent it',
      ...partly(2, 1),
      update('foo/2', { strategy: rolling(0) }),
      settles({ pods: [0, 0], status: { desiredNumberScheduled: 2, numberAvailable: 1 } }),
    ),
  ),
  refusedByApi(
    'cannot be 0 when maxSurge is 0',
    story(
      'R11d',
      'the same, with maxSurge 0 said aloud',
      ...partly(2, 1),
      update('foo/2', { strategy: rolling(0, 0) }),
      settles([0, 0]),
    ),
  ),
  story(
    'R11e',
    '2 nodes, maxUnavailable 50%: 1',
    ...running(2),
    update('foo/2', { strategy: rolling('50%') }),
    settles([1, 1]),
  ),
  story(
    'R11f',
    '2 nodes, maxSurge 50%: 1',
    ...running(2),
    update('foo/2', { strategy: surging('50%') }),
    settles([1, 0]),
  ),
  story(
    'R11g',
    '2 nodes, maxSurge 100%: 2',
    ...running(2),
    update('foo/2', { strategy: surging('100%') }),
    settles([2, 0]),
  ),
  where(
    ['quick looks'],
    story(
      'R11h',
      '3 nodes, maxUnavailable 50%: 2; one pod is terminating, one node empty: both are spent',
      ...partly(3, 1),
      silence('node-0'),
      patchPods({ on: ['node-0'] }, { metadata: { deletionTimestamp: '@now' } }),
      update('foo/2', { strategy: rolling('50%') }),
      settles({ pods: [0, 0], status: { desiredNumberScheduled: 3 } }),
    ),
  ),
]
