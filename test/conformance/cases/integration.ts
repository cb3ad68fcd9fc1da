import { at, controllerOf, hashLabel, isTerminal, type JsonObject } from '../manifest.ts'
import { daemonSet, is, node, nodes, noSchedule, requiredAffinity, revision, revisionOf, surging } from '../objects.ts'
import { type Case, getReady, given, phase, put, refuse, settles, story, where } from '../scenario.ts'
import type { View } from '../world.ts'
import { twice } from './twice.ts'

const controllersOf = ({ pods }: View) => pods.map(one => controllerOf(one)?.kind)
const imagesOf = ({ pods }: View) => pods.map(one => at(one.spec, 'containers', 0, 'image')).sort()
const hashLabelsOf = ({ pods }: View) => pods.map(({ metadata }) => metadata.labels?.[hashLabel])
const activeCount = ({ pods }: View) => pods.filter(one => !isTerminal(one)).length
const main = { name: 'main', image: 'foo/bar' }
const unboundReasons = ({ pods }: View) =>
  pods
    .filter(({ spec }) => at(spec, 'nodeName') === undefined)
    .flatMap(({ status }) => (at(status, 'conditions') ?? []) as JsonObject[])
    .filter(({ type, status }) => type === 'PodScheduled' && status === 'False')
    .map(({ reason }) => reason)
const boundTo = ({ pods }: View) => pods.flatMap(({ spec }) => at(spec, 'nodeName') ?? [])

/** Spec §9.7: with a real API server and scheduler there; in the core the story plays both. */
export const integration: readonly Case[] = [
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
    given(revision(revisionOf.name('foo/2'), 1, { data: { some: 'thing' }, labels: { app: 'else' }, owner: null })),
    given(daemonSet(), node('n')),
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
