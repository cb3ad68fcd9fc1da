import { at, controllerOf, hashLabel, isReady, isTerminal, type JsonObject, type Manifest } from '../manifest.ts'
import {
  daemonSet,
  is,
  node,
  nodes,
  noSchedule,
  onDelete,
  requiredAffinity,
  revision,
  revisionOf,
  rolling,
  surging,
} from '../objects.ts'
import {
  type Case,
  getReady,
  given,
  patch,
  phase,
  put,
  refuse,
  remove,
  removePods,
  removeRevision,
  settles,
  story,
  takeOver,
  where,
} from '../scenario.ts'
import type { View } from '../world.ts'
import { stormyUpdate } from './storm.ts'
import { twice } from './twice.ts'

const controllersOf = ({ pods }: View) => pods.map(one => controllerOf(one)?.kind)
const imagesOf = ({ pods }: View) => pods.map(one => at(one.spec, 'containers', 0, 'image')).sort()
const hashLabelsOf = ({ pods }: View) => pods.map(({ metadata }) => metadata.labels?.[hashLabel])
const hashesOf = (view: View) => new Set(hashLabelsOf(view)).size
const activeCount = ({ pods }: View) => pods.filter(one => !isTerminal(one)).length
const readyCount = ({ pods }: View) => pods.filter(isReady).length
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

const main = { name: 'main', image: 'foo/bar' }
const unboundReasons = ({ pods }: View) =>
  pods
    .filter(({ spec }) => at(spec, 'nodeName') === undefined)
    .flatMap(({ status }) => (at(status, 'conditions') ?? []) as JsonObject[])
    .filter(({ type, status }) => type === 'PodScheduled' && status === 'False')
    .map(({ reason }) => reason)
const boundTo = ({ pods }: View) => pods.flatMap(({ spec }) => at(spec, 'nodeName') ?? [])
const foreignCondition = (status: string) => ({ type: 'StatusUpdate', status, reason: 'E2E', message: 'Set by a test' })
const conditionsOf = ({ daemonSets }: View) =>
  daemonSets.flatMap(one => at(one.status, 'conditions', 0, 'status') ?? [])

/** Spec §9.7: with a real API server and scheduler there; here the test plays both. */
const integration: readonly Case[] = [
  ...twice('I01', 'a DaemonSet, then a node: one pod with one controller', strategy => [
    given(daemonSet({ strategy })),
    settles([0, 0]),
    put(node('n')),
    settles({ pods: [1, 0], that: [['controllers', controllersOf, ['DaemonSet']]] }),
    getReady(),
    settles({ status: { numberReady: 1 } }),
  ]),
  ...twice('I02', '5 nodes', strategy => [
    given(daemonSet({ strategy }), ...nodes(5)),
    settles([5, 0]),
    getReady(),
    settles({ pods: [0, 0], status: { numberReady: 5 } }),
  ]),
  ...(
    [
      ['I03a', 'Succeeded', []],
      ['I03b', 'Failed', []],
      ['I03c', 'Succeeded', ['example.com/keep']],
    ] as const
  ).flatMap(([id, ended, finalizers]) =>
    twice(
      id,
      `one of 3 pods is ${ended}${finalizers.length > 0 ? ', and a finalizer holds it' : ''}: 3 active ones again`,
      strategy => [
        given(daemonSet({ strategy, finalizers }), ...nodes(3)),
        settles([3, 0]),
        getReady(),
        phase({ on: ['node-1'] }, ended),
        settles({ pods: [1, 1], that: [['active pods', activeCount, 3]] }),
        getReady(),
        settles({ status: { numberReady: 3 } }),
      ],
    ),
  ),
  ...twice('I04', 'affinity by label or by name: 3 of 6 nodes', strategy => [
    given(
      daemonSet({
        strategy,
        spec: {
          affinity: requiredAffinity([
            { matchExpressions: [is('zone', 'In', 'test')] },
            { matchFields: [is('metadata.name', 'In', 'node-1')] },
          ]),
        },
      }),
      ...nodes(6, index => (index > 3 ? { labels: { zone: 'test' } } : {})),
    ),
    settles({ pods: [3, 0], on: ['node-1', 'node-4', 'node-5'] }),
    getReady(),
    settles({ status: { numberReady: 3 } }),
  ]),
  ...twice('I05', 'a node that is not ready gets its pod', strategy => [
    given(daemonSet({ strategy }), node('n', { conditions: { Ready: 'False' } })),
    settles([1, 0]),
    getReady(),
    settles({ status: { numberReady: 1 } }),
  ]),
  ...twice('I06', 'a node too small: the pod is created and stays Unschedulable; a big node gets its pod', strategy => [
    given(
      daemonSet({ strategy, spec: { containers: [{ ...main, resources: { requests: { memory: '75M' } } }] } }),
      node('small', { allocatable: { memory: '50M' } }),
    ),
    settles({ pods: [1, 0], that: [['why it is not bound', unboundReasons, ['Unschedulable']]] }),
    put(node('big', { allocatable: { memory: '200M' } })),
    settles({ pods: [1, 0], on: ['big', 'small'], that: [['bound to', boundTo, ['big']]] }),
    getReady({ on: ['big'] }),
    settles({ status: { numberReady: 1, desiredNumberScheduled: 2 } }),
  ]).map(one => where(['scheduler'], one)),
  story(
    'I07',
    'a revision has the name that the next template would get, and other data: the count of collisions rises by one',
    given(
      daemonSet(),
      node('n'),
      revision(revisionOf.name('foo/2'), 1, { data: { some: 'thing' }, labels: { app: 'else' }, owner: null }),
    ),
    settles([1, 0]),
    put(daemonSet({ image: 'foo/2' })),
    settles({
      pods: [1, 1],
      status: { collisionCount: 1 },
      that: [['images', imagesOf, ['foo/2']]],
    }),
  ),
  story(
    'I08',
    'a second revision with the same data and a higher number, then a node is added: the pods are relabelled, the older one goes',
    given(daemonSet(), node('node-0')),
    settles({ pods: [1, 0], revisions: [1] }),
    put(revision('ds-twin', 2)),
    settles({ revisions: [1, 2] }),
    put(node('node-1')),
    settles({
      pods: [1, 0],
      revisions: [2],
      that: [['hash labels of the pods', hashLabelsOf, ['twin', 'twin']]],
    }),
  ),
  ...twice('I09', 'one node with a taint, one without; then the taint goes', strategy => [
    given(daemonSet({ strategy }), node('node-0', { taints: [noSchedule('example.com/no')] }), node('node-1')),
    settles({ pods: [1, 0], on: ['node-1'] }),
    put(node('node-0')),
    settles({ pods: [1, 0], on: ['node-0', 'node-1'] }),
  ]),
  ...twice('I10', 'on the host’s network: a cordoned node and one without network', strategy => [
    given(
      daemonSet({ strategy, spec: { hostNetwork: true } }),
      node('cordoned', { unschedulable: true, taints: [noSchedule('node.kubernetes.io/unschedulable')] }),
      node('cut-off', { taints: [noSchedule('node.kubernetes.io/network-unavailable')] }),
    ),
    settles([2, 0]),
    getReady(),
    settles({ status: { numberReady: 2 } }),
  ]),
  ...twice('I11', '5 nodes, only 2 creations are admitted: the status still says 2 ready', strategy => [
    given(daemonSet({ strategy }), ...nodes(5)),
    refuse('create Pod', { after: 2 }),
    settles({ that: [['pods', ({ pods }) => pods.length, 2]] }),
    getReady(),
    settles({ status: { numberReady: 2, desiredNumberScheduled: 5 } }),
  ]),
  taintsMove(),
]

function taintsMove(): Case {
  const tolerate = (...keys: string[]) => ({
    strategy: surging(1),
    spec: { tolerations: keys.map(key => ({ key, operator: 'Exists', effect: 'NoSchedule' })) },
  })
  const zones = ['zone-y', 'zone-y', 'zone-z', 'zone-z', 'common', 'common']
  const rolls = Array.from({ length: 8 }, () => [getReady(), settles({})]).flat()
  return story(
    'I12',
    'with surge, tolerations move from one zone to another, to all, to none',
    given(
      daemonSet(tolerate('zone-y', 'common')),
      ...nodes(6, index => ({ taints: [noSchedule(zones[index] ?? '')] })),
    ),
    settles({ on: ['node-0', 'node-1', 'node-4', 'node-5'] }),
    getReady(),
    put(daemonSet(tolerate('zone-z', 'common'))),
    settles({ that: [['active pods while updating', activeCount, 7]] }),
    ...rolls,
    settles({
      on: ['node-2', 'node-3', 'node-4', 'node-5'],
      status: { numberReady: 4, updatedNumberScheduled: 4, numberMisscheduled: 0 },
    }),
    put(daemonSet(tolerate('zone-y', 'zone-z', 'common'))),
    settles({ that: [['active pods while updating', activeCount, 7]] }),
    ...rolls,
    settles({
      on: ['node-0', 'node-1', 'node-2', 'node-3', 'node-4', 'node-5'],
      status: { numberReady: 6, updatedNumberScheduled: 6 },
    }),
    put(daemonSet(tolerate())),
    settles({ on: [], status: { desiredNumberScheduled: 0, updatedNumberScheduled: 0 } }),
  )
}

const hashOfRevision =
  (number: number) =>
  ({ revisions }: View) =>
    revisions.find(one => one.revision === number)?.metadata.labels?.[hashLabel]
const namesOfOld = ({ pods }: View) =>
  pods.filter(one => at(one.spec, 'containers', 0, 'image') === 'foo/bar').map(nameOf)
const nameOf = ({ metadata }: Manifest) => metadata.name

/** Spec §9.8: what the reference's end-to-end tests expect. */
const endToEnd: readonly Case[] = [
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
    settles({ on: ['node-1'] }),
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

export const clusters: readonly Case[] = [...integration, ...endToEnd]
