import { at, controllerOf, hashLabel, isReady, isTerminating, type Manifest } from '../manifest.ts'
import { daemonSet, l1, node, nodes, noSchedule, onDelete, pod, revision, rolling, surging } from '../objects.ts'
import {
  type Case,
  differs,
  getReady,
  given,
  patchPods,
  put,
  refusedByApi,
  settles,
  silence,
  story,
  variant,
} from '../scenario.ts'
import type { View } from '../world.ts'
import { running, survivors, update } from './running.ts'

const tolerating = { spec: { tolerations: [{ key: 'node-role.kubernetes.io/control-plane', operator: 'Exists' }] } }

/** Spec §9.2 R12, and §4.6–4.8 beyond the reference’s tests: ControllerRevisions. */
export const revisions: readonly Case[] = [
  story(
    'R12a',
    'an own revision and an orphan with the template’s labels: both are claimed',
    given(
      daemonSet({ historyLimit: 10 }),
      revision('ds-x1', 1, { of: { image: 'foo/1' } }),
      revision('ds-x2', 2, { of: { image: 'foo/2' }, owner: null }),
    ),
    settles({ revisions: [1, 2, 3] }),
  ),
  story(
    'R12b',
    'an orphan revision in another namespace is not claimed',
    given(revision('ds-x3', 1, { owner: null, namespace: 'other' })),
    given(daemonSet()),
    settles({ revisions: [1], that: [['its owner', orphanOwner, [undefined]]] }),
  ),
  story(
    '§4.2a',
    'maxUnavailable 1% of 3 is 1, never 0',
    ...running(3),
    update('foo/2', { strategy: rolling('1%') }),
    settles([1, 1]),
  ),
  story(
    '§4.6a',
    'a rollback takes the old revision up again under the next number, and leaves its pods alone',
    ...running(4, { strategy: rolling(2) }),
    update('foo/2', { strategy: rolling(2) }),
    settles({ pods: [2, 2], revisions: [1, 2] }),
    put(daemonSet({ strategy: rolling(2) })),
    settles({ pods: [2, 2], revisions: [2, 3], that: [survivors(2)] }),
  ),
  story(
    '§4.7a',
    'every claimed revision without a hash label gets its own name for it',
    given(
      daemonSet({ historyLimit: 10 }),
      revision('ds-old', 1, { of: { image: 'foo/1' }, labels: l1 }),
      revision('ds-present', 2, { labels: l1 }),
    ),
    settles({
      revisions: [1, 2],
      that: [['hash labels', ({ revisions: all }) => all.map(hashOf), ['ds-old', 'ds-present']]],
    }),
  ),
  story(
    '§4.7b',
    'duplicates of the present revision are merged into the highest number; pods of either keep running',
    given(daemonSet(), node('node-0')),
    settles({ pods: [1, 0], revisions: [1] }),
    getReady(),
    // After a rollback the generation label no longer says that the pods are up to date: only the hash does.
    update('foo/2', { strategy: onDelete }),
    settles({ revisions: [1, 2] }),
    put(daemonSet()),
    settles({ pods: [0, 0], revisions: [2, 3] }),
    put(revision('ds-twin', 4)),
    // Nobody wakes for it (spec §3.8); the next change of the DaemonSet merges.
    settles({ revisions: [2, 3, 4] }),
    put(daemonSet({ historyLimit: 3 })),
    settles({
      pods: [0, 0],
      revisions: [2, 4],
      that: [survivors(1), ['hash labels of the pods', ({ pods }) => pods.map(hashOf), ['twin']]],
    }),
  ),
  story(
    '§4.7c',
    'a duplicate’s hash on a pod whose node cannot be told does not hold the merge up',
    given(daemonSet(), revision('ds-twin', 1), revision('ds-present', 2), {
      ...pod('nowhere', null, { hash: 'twin' }),
      spec: {},
    }),
    settles({ revisions: [2] }),
  ),
  story(
    '§4.7d',
    'a duplicate with the same hash label, as a copy has it: merged, no pod is touched',
    given(
      daemonSet(),
      node('node-0'),
      revision('ds-x', 1),
      revision('ds-copy', 2, { labels: { ...l1, [hashLabel]: 'x' } }),
    ),
    put(pod('own', 'node-0', { hash: 'x', generation: null })),
    settles({ pods: [0, 0], revisions: [2], stay: ['own'] }),
  ),
  differs(
    'duplicate-revisions',
    story(
      '§4.7e',
      'merging duplicates relabels pods of the duplicate only; the built-in relabels those of older templates, too, and never updates them',
      given(
        daemonSet({ strategy: onDelete }),
        ...nodes(2),
        revision('ds-old', 1, { of: { image: 'foo/1' } }),
        revision('ds-twin', 2),
        revision('ds-kept', 3),
        pod('older', 'node-0', { generation: null, hash: 'old' }),
        pod('twin', 'node-1', { generation: null, hash: 'twin' }),
      ),
      settles({
        pods: [0, 0],
        revisions: [1, 3],
        that: [['hash labels of the pods', ({ pods }) => pods.map(hashOf), ['old', 'kept']]],
      }),
    ),
  ),
  story(
    '§4.8a',
    'revisions beyond the limit are cleaned up, lowest first; one that a pod carries is kept, and does not count',
    given(
      daemonSet({ historyLimit: 2, strategy: onDelete }),
      node('node-0'),
      ...[1, 2, 3, 4].map(number => revision(`ds-r${number}`, number, { of: { image: `foo/${number}` } })),
      pod('carries', 'node-0', { generation: null, hash: 'r1' }),
    ),
    settles({ revisions: [1, 4, 5] }),
  ),
  story(
    '§4.4a',
    'a percentage of surge of no desired node is none: the old pod of a node that should not run stays',
    given(
      daemonSet({ strategy: surging('50%'), ...tolerating }),
      node('node-0', { taints: [noSchedule('node-role.kubernetes.io/control-plane')] }),
    ),
    settles([1, 0]),
    getReady(),
    put(daemonSet({ strategy: surging('50%') })),
    settles({ pods: [0, 0], status: { desiredNumberScheduled: 0, numberMisscheduled: 1 } }),
  ),
  refusedByApi(
    'a valid percent string',
    variant(
      '§4.2b',
      'maxUnavailable without %',
      'a number that cannot be read: nothing is replaced',
      ...running(2),
      update('foo/2', { strategy: rolling('1') }),
      settles([0, 0]),
    ),
  ),
  differs(
    'update-order',
    story(
      '§4.9a',
      'nodes are updated in the order of their names; the built-in’s order is chance',
      ...running(3),
      update('foo/2'),
      settles({
        pods: [1, 1],
        that: [
          [
            'ready nodes',
            ({ pods }) =>
              pods
                .filter(isReady)
                .map(one => at(one.spec, 'nodeName'))
                .sort(),
            ['node-1', 'node-2'],
          ],
        ],
      }),
    ),
  ),
  story(
    '§3.3a',
    'with surge a pod that is terminating does not hold its node',
    ...running(1, { strategy: surging(1) }),
    silence('node-0'),
    patchPods({}, { metadata: { deletionTimestamp: '@now' } }),
    settles({ pods: [1, 0], that: [['terminating', ({ pods }) => pods.filter(isTerminating).length, 1]] }),
  ),
]

function orphanOwner({ revisions: all }: View): unknown[] {
  return all.filter(({ metadata }) => metadata.name === 'ds-x3').map(controllerOf)
}
const hashOf = ({ metadata }: Manifest) => metadata.labels?.[hashLabel]
