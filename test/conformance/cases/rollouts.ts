import { isReady } from '../manifest.ts'
import { daemonSet, node, nodes, noSchedule, onDelete, pod, presentHash, rolling, surging } from '../objects.ts'
import {
  type Case,
  getReady,
  given,
  type Pair,
  pass,
  patchPods,
  put,
  refusedByApi,
  type Step,
  type Story,
  settles,
  story,
  where,
} from '../scenario.ts'
import type { View } from '../world.ts'
import { running, survivors, update } from './running.ts'

/** Round after round, with all pods getting ready in between. */
const rounds = (...pairs: readonly Pair[]): Step[] => pairs.flatMap(pair => [settles(pair), getReady()])
const readyCount = ({ pods }: View) => pods.filter(isReady).length
const unready = { status: { conditions: [{ type: 'Ready', status: 'False', lastTransitionTime: '@now' }] } }
const tolerating = { spec: { tolerations: [{ key: 'node-role.kubernetes.io/control-plane', operator: 'Exists' }] } }
/** Numbers of random updates: any will do. */
const chance = [9, 0, 5, 3, 8, 2, 7, 4, 6, 1]
function neverReady(updates: readonly number[]): Story {
  return story(
    'R06',
    '20 nodes, maxUnavailable 10, updates that never get ready, with any maxUnavailable up to 9: 10 survive; with 11, 9',
    ...running(20),
    update('foo/2', { strategy: rolling(10) }),
    settles([10, 10]),
    ...updates.flatMap((maxUnavailable, index) => [
      update(`foo/3-${index}`, { strategy: rolling(maxUnavailable) }),
      settles({ pods: [10, 10] as const, that: [survivors(10)] as const }),
    ]),
    update('foo/last', { strategy: rolling(11) }),
    settles({ pods: [11, 11], that: [['9 pods are ready', readyCount, 9]] }),
  )
}

/** Spec §9.2 R01–R10: rolling updates, from a fleet that runs. */
export const rollouts: readonly Case[] = [
  story(
    'R01',
    'a new image, maxUnavailable 2',
    ...running(5),
    update('foo/2', { strategy: rolling(2) }),
    ...rounds([2, 2], [2, 2], [1, 1], [0, 0]),
  ),
  story(
    'R02',
    'a new image, maxSurge 2',
    ...running(5),
    update('foo/2', { strategy: surging(2) }),
    ...rounds([2, 0], [2, 2], [1, 2], [0, 1], [0, 0]),
  ),
  story(
    'R03',
    'an update takes the toleration for node-0 away, maxSurge 1: its pod goes when the others can be missed',
    given(
      daemonSet({ strategy: surging(1), ...tolerating }),
      node('node-0', { taints: [noSchedule('node-role.kubernetes.io/control-plane')] }),
      ...nodes(5).slice(1),
    ),
    settles([5, 0]),
    getReady(),
    put(daemonSet({ strategy: surging(1) })),
    ...rounds([1, 1], [1, 1], [1, 1], [1, 1], [0, 1], [0, 0]),
    settles({ on: ['node-1', 'node-2', 'node-3', 'node-4'] }),
  ),
  story(
    'R04',
    'maxUnavailable 3, new pods never get ready: it stops there',
    ...running(5),
    update('foo/2', { strategy: rolling(3) }),
    settles([3, 3]),
    pass(60),
    settles({ pods: [0, 0], that: [['2 pods are ready', readyCount, 2]] }),
  ),
  story(
    'R05',
    'maxUnavailable 2, the first update breaks, then a second one: what was ready survives',
    ...running(5),
    update('foo/2', { strategy: rolling(2) }),
    settles([2, 2]),
    update('foo/3', { strategy: rolling(2) }),
    settles({ pods: [2, 2], that: [survivors(3)] }),
  ),
  neverReady(chance.filter(maxUnavailable => maxUnavailable > 0)),
  refusedByApi('cannot be 0 when maxSurge is 0', { ...neverReady(chance), variant: 'with 0 among them' }),
  where(
    ['one moment'],
    story(
      'R07',
      '10 old available, 2 old unavailable, 88 new unavailable of 100, maxUnavailable 10: the 2 are replaced',
      given(daemonSet({ strategy: rolling(10) })),
      settles({}),
      put(
        ...nodes(100, () => ({})),
        ...Array.from({ length: 100 }, (_, index) =>
          pod(`pod-${index}`, `node-${index}`, {
            generation: null,
            ready: index < 10 ? 60 : false,
            ...(index < 12 ? {} : { hash: presentHash }),
          }),
        ),
      ),
      settles({ pods: [2, 2], gone: ['pod-10', 'pod-11'], that: [['10 pods are ready', readyCount, 10]] }),
    ),
  ),
  story(
    'R08',
    'pods never get ready, then an update with maxUnavailable 3: all are replaced',
    given(daemonSet(), ...nodes(5)),
    settles([5, 0]),
    update('foo/2', { strategy: rolling(3) }),
    settles([5, 5]),
  ),
  story(
    'R09',
    'the same with maxSurge 3, then another image and minReadySeconds 15',
    given(daemonSet(), ...nodes(5)),
    settles([5, 0]),
    update('foo/2', { strategy: surging(3) }),
    // All old pods are unavailable, so each gets a new one, and goes at once.
    settles([5, 5]),
    getReady(),
    settles([0, 0]),
    pass(100),
    update('foo/3', { strategy: surging(3), minReadySeconds: 15 }),
    settles([3, 0]),
    getReady({ updated: true, first: 2 }),
    // One old pod on a node without a new one turns unready.
    patchPods({ on: ['node-4'], updated: false }, unready),
    pass(10),
    settles([1, 1]),
    pass(10),
    // Two new pods are available: their predecessors go, and the last node's turn has come.
    settles([1, 2]),
    getReady({ updated: true }),
    pass(20),
    settles([0, 2]),
    pass(10),
    settles([0, 0]),
  ),
  story(
    'R10',
    'the strategy changes from OnDelete to RollingUpdate, the template does not: nothing is replaced',
    ...running(5, { strategy: onDelete }),
    put(daemonSet({ strategy: rolling(3) })),
    settles([0, 0]),
  ),
]
