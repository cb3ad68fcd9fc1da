import { at, generationLabel, hashLabel } from '../manifest.ts'
import { daemonSet, is, node, onDelete, type PodChange, pod, presentHash, requiredAffinity } from '../objects.ts'
import {
  allow,
  type Case,
  given,
  held,
  pass,
  put,
  refuse,
  refusedByApi,
  type Story,
  settles,
  story,
  where,
} from '../scenario.ts'
import type { View } from '../world.ts'

/** A selector that pods without labels satisfy. */
const anything = { selector: { matchExpressions: [is('absent', 'DoesNotExist')] }, labels: {} }

/** Whether a pod counts as up to date, seen by `updatedNumberScheduled`. */
function upToDate(id: string, says: string, change: PodChange, is: boolean, more = {}): Story {
  return story(
    id,
    says,
    given(daemonSet({ strategy: onDelete, ...more })),
    settles({}),
    put(node('n'), pod('own', 'n', change)),
    settles({ pods: [0, 0], status: { currentNumberScheduled: 1, updatedNumberScheduled: is ? 1 : 0 } }),
  )
}

/** The hash is known with the revision only, so nothing is counted or done before it is there. */
function noHashYet(id: string, says: string, change: PodChange, updated: number, more = {}): Story[] {
  return [
    where(
      ['rollcall'],
      story(
        id,
        `${says}, no hash known: Rollcall counts once the hash is known`,
        refuse('create ControllerRevision'),
        given(daemonSet({ strategy: onDelete, ...more }), node('n'), pod('own', 'n', change)),
        settles({ pods: [0, 0], statusWrites: 0, stay: ['own'] }),
        allow,
        pass(10),
        settles({ pods: [0, 0], status: { currentNumberScheduled: 1, updatedNumberScheduled: updated } }),
      ),
    ),
  ]
}

/** What the affinity of a created pod looks like, for the template's own. */
function aimed(id: string, says: string, affinity: Parameters<typeof at>[0], keeps = {}): Story {
  const expected = requiredAffinity([{ matchFields: [is('metadata.name', 'In', 'host-1')] }])
  const wanted = { nodeAffinity: { ...keeps, ...(expected.nodeAffinity as object) } }
  return story(
    id,
    says,
    given(
      daemonSet({ spec: affinity === undefined ? {} : { affinity } }),
      node('host-1', { labels: { hostname: 'host-1' } }),
    ),
    settles({
      pods: [1, 0],
      that: [['affinity of the pod', ({ pods }) => pods.map(one => at(one.spec, 'affinity')), [wanted]]],
    }),
  )
}

const preferred = {
  preferredDuringSchedulingIgnoredDuringExecution: [
    { weight: 1, preference: { matchExpressions: [is('hostname', 'Exists')] } },
  ],
}
const onHostname = { matchExpressions: [is('hostname', 'In', 'host-1')] }
const labelsOf = ({ pods }: View) =>
  pods.map(({ metadata: { labels = {} } }) => [labels[generationLabel], labels[hashLabel] !== undefined])

/** Where a pod belongs, seen by whether the node gets another one. */
function targets(id: string, says: string, spec: Parameters<typeof at>[0] & object, found: boolean): Story {
  return story(
    id,
    says,
    given(daemonSet({ strategy: onDelete }), node('node-1'), {
      ...pod('own', null, { phase: 'Running' }),
      spec: { schedulerName: 'nobody', ...spec } as never,
    }),
    settles({ pods: found ? [0, 0] : [1, 0], stay: ['own'], status: { currentNumberScheduled: 1 } }),
  )
}

/** Spec §9.3: the form of pods. */
export const podForms: readonly Case[] = [
  upToDate('T01', 'generation and hash match', { generation: 1, hash: presentHash }, true),
  upToDate('T02', 'the generation matches, the hash differs', { generation: 1, hash: 'other' }, true),
  upToDate('T03', 'the generation matches, there is no hash label', { generation: 1 }, true),
  ...noHashYet('T04', 'the generation matches, no hash label', { generation: 1 }, 1),
  ...noHashYet('T05', 'the generation matches, a hash label', { generation: 1, hash: 'other' }, 1),
  upToDate('T06', 'the generation differs, the hash matches', { generation: 2, hash: presentHash }, true),
  upToDate('T07', 'both differ', { generation: 2, hash: 'other' }, false),
  ...noHashYet('T08', 'no labels', { labels: {}, generation: null }, 0, anything),
  upToDate('T09', 'empty labels', { labels: {}, generation: null }, false, anything),
  upToDate('T10', 'labels that say nothing of it', { labels: { some: 'label' }, generation: null }, false, anything),
  held(
    'T11',
    'generation 1 and no hash: the generation label only',
    'services/executor/src/pod/pod-form.unit.test.ts',
    'T11: generation 1 and no hash: the generation label only',
  ),
  story(
    'T12',
    'a created pod has the labels of generation and hash',
    given(daemonSet({ metadata: { annotations: { 'deprecated.daemonset.template.generation': '2' } } }), node('n')),
    settles({ pods: [1, 0], that: [['generation label, and whether there is a hash', labelsOf, [['2', true]]]] }),
  ),
  aimed('T13', 'no affinity: the required term of the node', undefined),
  aimed('T14', 'a required expression is replaced by the term', requiredAffinity([onHostname])),
  aimed('T15', 'a preferred node affinity is kept', { nodeAffinity: preferred }, preferred),
  aimed(
    'T16',
    'a field with two values is replaced',
    requiredAffinity([
      { matchFields: [is('metadata.name', 'In', 'host-1')] },
      { matchFields: [is('metadata.name', 'In', 'host-2')] },
    ]),
  ),
  aimed(
    'T17',
    'two terms are replaced',
    requiredAffinity([onHostname, { matchFields: [is('metadata.name', 'In', 'host-2')] }]),
  ),
  aimed(
    'T18',
    'a field that excludes is replaced',
    requiredAffinity([{ matchFields: [is('metadata.name', 'NotIn', 'host-2')] }]),
  ),
  refusedByApi(
    'not a valid field selector key',
    aimed(
      'T19',
      'another field is replaced',
      requiredAffinity([{ matchFields: [is('metadata.foo', 'In', 'host-2')] }, onHostname]),
    ),
  ),
  targets('T20', 'a bound pod belongs to its node', { nodeName: 'node-1' }, true),
  targets(
    'T21',
    'a pod aimed at one node belongs there',
    { affinity: requiredAffinity([{ matchFields: [is('metadata.name', 'In', 'node-1')] }]) },
    true,
  ),
  refusedByApi(
    'must be only one value',
    targets(
      'T22',
      'a pod aimed at two nodes belongs nowhere: it is left out of everything',
      { affinity: requiredAffinity([{ matchFields: [is('metadata.name', 'In', 'node-1', 'node-2')] }]) },
      false,
    ),
  ),
  targets('T23', 'a pod without affinity belongs nowhere', {}, false),
]
