import { at, hashLabel, isReady, isTerminal, isTerminating, type Manifest } from '../manifest.ts'
import { daemonSet, is, node, nodes, noSchedule, onDelete, requiredAffinity, revision, rolling } from '../objects.ts'
import {
  always,
  type Case,
  getReady,
  given,
  patch,
  phase,
  put,
  remove,
  removePods,
  removeRevision,
  settles,
  story,
  type That,
  takeOver,
} from '../scenario.ts'
import type { View } from '../world.ts'
import { stormyUpdate } from './storm.ts'

const imagesOf = ({ pods }: View) => pods.map(one => at(one.spec, 'containers', 0, 'image')).sort()
const hashLabelsOf = ({ pods }: View) => pods.map(({ metadata }) => metadata.labels?.[hashLabel])
const hashesOf = (view: View) => new Set(hashLabelsOf(view)).size
const readyCount = ({ pods }: View) => pods.filter(isReady).length
/** Of three pods that were ready when the update came. */
const missesOneAtMost: That = [
  'while it is updated one live pod is missed at most',
  ({ daemonSets, pods }) =>
    daemonSets.every(one => at(one.spec, 'template', 'spec', 'containers', 0, 'image') === 'foo/bar') ||
    pods.filter(one => isReady(one) && !isTerminating(one)).length >= 2,
  true,
]
const blue = { color: 'blue' }
const green = { color: 'green' }
const healthyOnAll = {
  on: ['node-0', 'node-1', 'node-2'],
  status: {
    desiredNumberScheduled: 3,
    currentNumberScheduled: 3,
    numberReady: 3,
    numberAvailable: 3,
    numberMisscheduled: 0,
  },
}
const foreignCondition = (status: string) => ({ type: 'StatusUpdate', status, reason: 'E2E', message: 'Set by a test' })
const conditionsOf = ({ daemonSets }: View) =>
  daemonSets.flatMap(one => at(one.status, 'conditions', 0, 'status') ?? [])
const hashOfRevision =
  (number: number) =>
  ({ revisions }: View) =>
    revisions.find(one => one.revision === number)?.metadata.labels?.[hashLabel]
const namesOfOld = ({ pods }: View) =>
  pods.filter(one => at(one.spec, 'containers', 0, 'image') === 'foo/bar').map(nameOf)
const nameOf = ({ metadata }: Manifest) => metadata.name

/** Spec §9.8: what the reference’s end-to-end tests expect. */
export const endToEnd: readonly Case[] = [
  story(
    'E01',
    'a simple DaemonSet is on all nodes; a pod that is deleted is revived',
    given(daemonSet(), ...nodes(3)),
    settles([3, 0]),
    getReady(),
    settles({ status: { desiredNumberScheduled: 3, currentNumberScheduled: 3, numberReady: 3 } }),
    removePods({ on: ['node-1'] }),
    settles({ pods: [1, 0], on: ['node-0', 'node-1', 'node-2'] }),
  ),
  story(
    'E02',
    'a node selector: no pods; a node turns blue, then green; the selector follows',
    given(daemonSet({ strategy: onDelete, spec: { nodeSelector: blue } }), ...nodes(2)),
    settles({ on: [] }),
    patch('Node', 'node-1', { metadata: { labels: blue } }),
    settles({ on: ['node-1'], status: { desiredNumberScheduled: 1, currentNumberScheduled: 1 } }),
    patch('Node', 'node-1', { metadata: { labels: green } }),
    settles({ on: [] }),
    put(daemonSet({ strategy: rolling(1), spec: { nodeSelector: green } })),
    settles({ on: ['node-1'], status: { desiredNumberScheduled: 1 } }),
  ),
  story(
    'E03',
    'the same with required affinity; the label is removed',
    given(
      daemonSet({ spec: { affinity: requiredAffinity([{ matchExpressions: [is('color', 'In', 'blue')] }]) } }),
      ...nodes(2),
    ),
    settles({ on: [] }),
    patch('Node', 'node-1', { metadata: { labels: blue } }),
    settles({ on: ['node-1'], status: { desiredNumberScheduled: 1, currentNumberScheduled: 1 } }),
    patch('Node', 'node-1', { metadata: { labels: { color: null } } }),
    settles({ on: [] }),
  ),
  story(
    'E04',
    'a failed pod is revived, its object is deleted',
    given(daemonSet(), ...nodes(2)),
    settles([2, 0]),
    phase({ on: ['node-0'] }, 'Failed'),
    settles({
      pods: [1, 1],
      on: ['node-0', 'node-1'],
      that: [['failed pods', ({ pods }) => pods.filter(isTerminal).length, 0]],
    }),
  ),
  story(
    'E05',
    'OnDelete, the image is changed: a second revision, and the pods keep image and hash',
    given(daemonSet({ strategy: onDelete }), ...nodes(2)),
    settles({ pods: [2, 0], revisions: [1] }),
    put(daemonSet({ strategy: onDelete, image: 'foo/2' })),
    settles({
      pods: [0, 0],
      revisions: [1, 2],
      that: [
        ['images', imagesOf, ['foo/bar', 'foo/bar']],
        [
          'the pods carry the first hash',
          ({ pods, ...view }) =>
            pods.every(({ metadata }) => metadata.labels?.[hashLabel] === hashOfRevision(1)({ pods, ...view })),
          true,
        ],
        ['the hashes differ', view => hashOfRevision(1)(view) !== hashOfRevision(2)(view), true],
      ],
    }),
  ),
  always(
    [missesOneAtMost],
    story(
      'E06',
      'RollingUpdate, the image is changed: one pod at a time, revisions 1 and 2, the pods carry the new hash',
      given(daemonSet(), ...nodes(3)),
      settles({ pods: [3, 0], revisions: [1] }),
      getReady(),
      put(daemonSet({ image: 'foo/2' })),
      ...[1, 2, 3].flatMap(() => [
        settles({ pods: [1, 1] as const, that: [['ready pods', readyCount, 2]] as const }),
        getReady(),
      ]),
      settles({
        pods: [0, 0],
        revisions: [1, 2],
        status: { updatedNumberScheduled: 3, numberReady: 3 },
        that: [
          ['images', imagesOf, ['foo/2', 'foo/2', 'foo/2']],
          ['hashes', hashesOf, 1],
        ],
      }),
    ),
  ),
  story(
    'E07',
    'an image that does not exist, rolled back mid-way: the pods that were never updated keep their names',
    given(daemonSet(), ...nodes(3)),
    settles([3, 0]),
    getReady(),
    put(daemonSet({ image: 'foo/none' })),
    settles({ pods: [1, 1], that: [['some are old', view => namesOfOld(view).length, 2]] }),
    put(daemonSet()),
    settles({
      pods: [1, 1],
      revisions: [2, 3],
      that: [
        ['images', imagesOf, ['foo/bar', 'foo/bar', 'foo/bar']],
        [
          'old ones that are still there',
          (view, earlier) => earlier && namesOfOld(earlier).every(name => namesOfOld(view).includes(name)),
          true,
        ],
      ],
    }),
  ),
  stormyUpdate(),
  story(
    'E09',
    'listed by label, and deleted as a collection: none is left, nor its pods',
    given(daemonSet(), ...nodes(2)),
    settles([2, 0]),
    remove('DaemonSet', 'ds'),
    settles({ pods: [0, 0], on: [], that: [['revisions', ({ revisions }) => revisions.length, 0]] }),
  ),
  story(
    'E10',
    'conditions that others write into the status stay',
    given(daemonSet(), node('node-0')),
    settles([1, 0]),
    patch('DaemonSet', 'ds', { status: { conditions: [foreignCondition('True')] } }),
    settles({ that: [['conditions', conditionsOf, ['True']]] }),
    put(node('node-1')),
    settles({ status: { desiredNumberScheduled: 2 }, that: [['conditions', conditionsOf, ['True']]] }),
    patch('DaemonSet', 'ds', { status: { conditions: [foreignCondition('False')] } }),
    getReady(),
    settles({ status: { numberReady: 2 }, that: [['conditions', conditionsOf, ['False']]] }),
  ),
  story(
    'E11',
    'the life of ControllerRevisions: what a client creates is seen before it is merged; numbers go on',
    given(daemonSet(), node('n')),
    settles({ pods: [1, 0], revisions: [1] }),
    put(revision('ds-copy', 2)),
    settles({ pods: [0, 0], revisions: [1, 2] }),
    removeRevision(1),
    settles({ pods: [0, 0], revisions: [2] }),
    patch('ControllerRevision', 'ds-copy', { metadata: { labels: { 'ds-copy': 'updated' } } }),
    settles({ revisions: [2] }),
    patch('DaemonSet', 'ds', { spec: { template: { spec: { terminationGracePeriodSeconds: 1 } } } }),
    settles({ revisions: [2, 3] }),
    remove('ControllerRevision', 'ds-copy'),
    settles({ revisions: [3] }),
  ),
  story(
    'E12',
    'the control plane is upgraded: on all nodes and healthy before and after',
    given(
      daemonSet({ spec: { tolerations: [{ operator: 'Exists' }] } }),
      ...nodes(3, index => (index === 2 ? { taints: [noSchedule('dedicated', 'db')] } : {})),
    ),
    settles([3, 0]),
    getReady(),
    settles({ ...healthyOnAll, pods: [0, 0] }),
    takeOver,
    settles({ ...healthyOnAll, pods: [0, 0], revisions: [1] }),
    put(node('node-3')),
    settles({ pods: [1, 0], status: { desiredNumberScheduled: 4, numberReady: 3 } }),
  ),
]
