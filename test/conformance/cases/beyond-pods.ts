import { hashLabel, isTerminal, phaseOf } from '../manifest.ts'
import {
  daemonSet,
  node,
  nodes,
  noExecute,
  noSchedule,
  onDelete,
  pod,
  podsOn,
  revision,
  surging,
  template,
  unboundPod,
} from '../objects.ts'
import {
  type Case,
  differs,
  given,
  pass,
  patchPods,
  phase,
  put,
  refuse,
  remove,
  type Step,
  settles,
  silence,
  story,
  where,
} from '../scenario.ts'
import type { View } from '../world.ts'

const failed = { phase: 'Failed' }
const blue = { color: 'blue' }
const onBlue = { spec: { nodeSelector: blue } }
const untolerated = 'example.com/no'
const terminate = { metadata: { deletionTimestamp: '@now' } }
const phases = ({ pods }: View) => pods.map(phaseOf).sort()
/** The pod fails and is replaced after exactly so many seconds of back-off. */
const failsAndWaits = (seconds: number): Step[] => [
  phase({}, 'Failed'),
  settles([0, 0]),
  pass(seconds - 0.001),
  settles([0, 0]),
  pass(0.001),
  settles([1, 1]),
]

/** Sentences of spec §1–§3 that no test of the reference holds. */
export const beyondPods: readonly Case[] = [
  differs(
    'revision-equality',
    story(
      '§1.3a',
      'a revision of an older control plane, with `creationTimestamp: null`, is the present one; the built-in makes a second',
      given(
        daemonSet(),
        revision('ds-older', 1, { data: { spec: { template: { $patch: 'replace', ...withNullTimestamp() } } } }),
        node('n'),
      ),
      settles({
        pods: [1, 0],
        revisions: [1],
        that: [['hash of the pod', ({ pods }) => pods.map(({ metadata }) => metadata.labels?.[hashLabel]), ['older']]],
      }),
    ),
  ),
  differs(
    'pod-names',
    story(
      '§1.6a',
      'a pod’s name is the DaemonSet’s and 10 characters; the built-in’s has 5',
      given(daemonSet(), node('n')),
      settles({
        pods: [1, 0],
        that: [
          [
            'its name',
            ({ pods }) => pods.every(({ metadata }) => /^ds-[b-df-hj-np-tv-z24-9]{10}$/.test(metadata.name)),
            true,
          ],
        ],
      }),
    ),
  ),
  differs(
    'missing-node-again',
    story(
      '§3.3c',
      'an unbound pod of a missing node that is being deleted already is not deleted again',
      given(daemonSet(), unboundPod('lingers', 'nowhere', { terminating: true, finalizers: ['example.com/keep'] })),
      settles({ pods: [0, 0], stay: ['lingers'] }),
    ),
  ),
  story(
    '§3.3d',
    'a failed pod on a node that may only keep its pod is deleted, and not replaced',
    given(daemonSet(), node('n', { taints: [noSchedule(untolerated)] }), pod('bad', 'n', failed)),
    settles({ pods: [0, 1], gone: ['bad'], events: ['Warning FailedDaemonPod'] }),
    pass(60),
    settles([0, 0]),
  ),
  story(
    '§3.3e',
    'pods of a node that should not run any go whatever their phase, without events and back-off',
    given(
      daemonSet(),
      node('n', { taints: [noExecute(untolerated)] }),
      pod('bad', 'n', failed),
      pod('done', 'n', { phase: 'Succeeded' }),
      pod('good', 'n'),
    ),
    settles({ pods: [0, 3], gone: ['bad', 'done', 'good'], events: [] }),
  ),
  story(
    '§3.3f',
    'of several failed pods of a node one goes at a time: the back-off holds the next',
    given(daemonSet(), node('n'), ...podsOn('n', 3, failed)),
    settles([0, 1]),
    pass(1),
    settles([0, 1]),
    pass(2),
    settles([1, 1]),
  ),
  where(
    ['quick looks'],
    story(
      '§3.3g',
      'with surge the back-off holds the deletion of a failed pod, not the creation of the next',
      given(daemonSet({ strategy: surging(1) }), node('n')),
      settles([1, 0]),
      phase({}, 'Failed'),
      settles([1, 1]),
      phase({}, 'Failed'),
      settles({ pods: [1, 0], that: [['phases', phases, ['Failed', 'Pending']]] }),
    ),
  ),
  story(
    '§3.3h',
    'succeeded pods are never backed off',
    given(daemonSet(), node('n')),
    settles([1, 0]),
    ...[1, 2, 3].flatMap(() => [
      phase({}, 'Succeeded'),
      settles({ pods: [1, 1], events: ['Normal SucceededDaemonPod'] }),
    ]),
  ),
  story(
    '§3.3i',
    'a pod that is terminating holds its node without surge, until it is terminal',
    given(daemonSet(), node('n')),
    settles([1, 0]),
    silence('n'),
    patchPods({}, terminate),
    settles([0, 0]),
    phase({}, 'Succeeded'),
    settles({ pods: [1, 0], that: [['terminal pods', ({ pods }) => pods.filter(isTerminal).length, 1]] }),
  ),
  story(
    '§3.4a',
    'of duplicates a bound one stays before an unbound, then the older, then the first by name; readiness does not count',
    given(daemonSet({ strategy: onDelete })),
    settles([0, 0]),
    put(
      ...nodes(3),
      unboundPod('unbound', 'node-0', { ageSeconds: 100 }),
      pod('bound', 'node-0', { ageSeconds: 10 }),
      pod('older', 'node-1', { ageSeconds: 20 }),
      pod('ready', 'node-1', { ageSeconds: 10, ready: 5 }),
      pod('b', 'node-2'),
      pod('a', 'node-2'),
    ),
    settles({ pods: [0, 3], stay: ['bound', 'older', 'a'], gone: ['unbound', 'ready', 'b'] }),
  ),
  differs(
    'creation-refused',
    story(
      '§3.6a',
      'a creation that is refused twice is tried a third time within seconds, pod by pod',
      given(daemonSet(), ...nodes(2)),
      refuse('create Pod', { after: 1, times: 2 }),
      settles([2, 0]),
      pass(10),
      settles({ pods: [2, 0], on: ['node-0', 'node-1'] }),
    ),
  ),
  differs(
    'node-deleted',
    story(
      '§3.8a',
      'a node is deleted: the status counts anew at once; the built-in waits for a pod to change',
      given(daemonSet(), ...nodes(2)),
      settles({ pods: [2, 0], status: { desiredNumberScheduled: 2 } }),
      remove('Node', 'node-1'),
      settles({ pods: [0, 0], status: { desiredNumberScheduled: 1, currentNumberScheduled: 1 } }),
    ),
  ),
  differs(
    'counts',
    story(
      '§3.8b',
      'a node with a healthy pod gets a NoSchedule taint: misscheduled at once; the built-in waits',
      given(daemonSet(), node('n'), pod('own', 'n', { ready: 5 })),
      settles({ status: { desiredNumberScheduled: 1, numberMisscheduled: 0 } }),
      put(node('n', { taints: [noSchedule(untolerated)] })),
      settles({ pods: [0, 0], status: { desiredNumberScheduled: 0, numberMisscheduled: 1, numberReady: 0 } }),
    ),
  ),
  story(
    '§3.9a',
    'the back-off doubles up to 15 minutes, and starts again after 30',
    given(daemonSet(), node('n')),
    settles([1, 0]),
    pass(1),
    phase({}, 'Failed'),
    settles([1, 1]),
    ...[1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900].flatMap(failsAndWaits),
    pass(1801),
    phase({}, 'Failed'),
    settles([1, 1]),
    ...failsAndWaits(1),
  ),
  where(
    ['quick looks'],
    story(
      '§3.9b',
      'a new generation starts the back-off afresh, and a new template does not wait for it',
      given(daemonSet(), node('n')),
      settles([1, 0]),
      phase({}, 'Failed'),
      settles([1, 1]),
      phase({}, 'Failed'),
      settles([0, 0]),
      put(daemonSet({ image: 'foo/2' })),
      settles([1, 1]),
    ),
  ),
  where(
    ['quick looks'],
    story(
      '§3.9c',
      'so does a new generation with the same template',
      given(daemonSet({ strategy: onDelete }), node('n')),
      settles([1, 0]),
      phase({}, 'Failed'),
      settles([1, 1]),
      phase({}, 'Failed'),
      settles([0, 0]),
      put(daemonSet({ strategy: onDelete, historyLimit: 3 })),
      settles([1, 1]),
    ),
  ),
  story(
    '§3.8c',
    'a node that is not meant comes and goes, and wakes nobody: a duplicate of the revision is seen until one joins that is',
    given(daemonSet(onBlue), node('blue-0', { labels: blue })),
    settles({ pods: [1, 0], revisions: [1] }),
    put(revision('ds-twin', 2, { of: onBlue })),
    put(node('plain')),
    settles({ pods: [0, 0], revisions: [1, 2] }),
    remove('Node', 'plain'),
    settles({ pods: [0, 0], revisions: [1, 2] }),
    put(node('blue-1', { labels: blue })),
    settles({ pods: [1, 0], revisions: [2] }),
  ),
]

function withNullTimestamp() {
  const { metadata, ...rest } = template()
  return { metadata: { creationTimestamp: null, ...(metadata as object) }, ...rest }
}
