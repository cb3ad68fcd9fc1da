import { controllerOf } from '../manifest.ts'
import { daemonSet, l2, node, nodes, onDelete, ownedBy, pod } from '../objects.ts'
import { type Case, elsewhere, given, patch, put, remove, settles, silence, story } from '../scenario.ts'
import type { View } from '../world.ts'

const orphan = { owner: null, generation: null }
const inside = 'the inside of the built-in controller'
const executorPods = 'services/executor/src/apply/pods.unit.test.ts'
const idle = { strategy: onDelete }

const ours = ({ pods, daemonSets }: View) => {
  const uids = daemonSets.map(({ metadata }) => metadata.uid)
  return pods.filter(one => uids.includes(controllerOf(one)?.uid)).map(({ metadata }) => metadata.name)
}
const claimed = (...names: string[]) => [['pods of the DaemonSet', ours, names]] as const
/** A DaemonSet that waits for its dependents to go. */
const terminating = [given(daemonSet(idle)), settles({}), remove('DaemonSet', 'ds', 'Foreground')]

/** Spec §9.5, and §6 beyond it. */
export const ownership: readonly Case[] = [
  story(
    'C01',
    'an orphan that matches and one that does not: the first is claimed',
    given(
      daemonSet(idle),
      ...nodes(2),
      pod('matches', 'node-0', orphan),
      pod('other', 'node-1', { ...orphan, labels: l2 }),
    ),
    settles({ pods: [1, 0], orphans: ['other'] }),
  ),
  story(
    'C02',
    'the owner is terminating, two orphans match: nothing is claimed',
    ...terminating,
    put(node('node-0'), pod('orphan-1', 'node-0', orphan), pod('orphan-2', 'node-0', orphan)),
    settles({ pods: [0, 0], orphans: ['orphan-1', 'orphan-2'] }),
  ),
  story(
    'C03',
    'the owner is terminating, one pod is owned, one an orphan: the orphan is left alone',
    given(daemonSet(idle), node('node-0'), pod('owned', 'node-0')),
    silence('node-0'),
    settles([0, 0]),
    remove('DaemonSet', 'ds', 'Foreground'),
    put(pod('orphan', 'node-0', orphan)),
    settles({ pods: [0, 0], orphans: ['orphan'], stay: ['owned'] }),
  ),
  story(
    'C04',
    'one owned, one of another: the own one only',
    given(
      daemonSet(idle),
      ...nodes(2),
      pod('owned', 'node-0'),
      pod('another’s', 'node-1', { owner: ownedBy('other', 'foreign') }),
    ),
    settles({ pods: [1, 0], stay: ['another’s'] }),
  ),
  story(
    'C05',
    'owned and matching, owned and not: the second is released',
    given(daemonSet(idle), ...nodes(2), pod('matches', 'node-0'), pod('not', 'node-1', { labels: l2 })),
    settles({ pods: [1, 0], orphans: ['not'] }),
  ),
  story(
    'C06',
    'an owned one and an orphan, both terminating: the owned one only',
    given(
      daemonSet(idle),
      ...nodes(2),
      pod('owned', 'node-0', { terminating: true }),
      pod('orphan', 'node-1', { ...orphan, terminating: true }),
    ),
    silence('node-0'),
    silence('node-1'),
    settles({ pods: [1, 0], orphans: ['orphan'] }),
  ),
  elsewhere('C07', inside, 'adoption and release that set finalizers: DaemonSets have none'),
  story(
    'C08',
    'a matching orphan in another namespace is not claimed',
    given(daemonSet(idle), node('node-0'), pod('elsewhere', 'node-0', { ...orphan, namespace: 'other' })),
    settles({ pods: [1, 0], orphans: ['elsewhere'] }),
  ),
  elsewhere('C09', inside, 'an owner of the whole cluster claims across namespaces: a DaemonSet is none'),
  ...['C10', 'C11', 'C12', 'C13', 'C14'].map((id, index) =>
    elsewhere(
      id,
      'executor',
      `the bytes of the patch that releases: ${['plain', 'an owner uid with a quote', 'a pod uid with a quote', 'two owners', 'with a finalizer'][index]}`,
      executorPods,
    ),
  ),
  story(
    'C15',
    'several pods, some of them owned: the owned ones count',
    given(
      daemonSet(idle),
      ...nodes(3),
      pod('owned-0', 'node-0'),
      pod('owned-1', 'node-1'),
      pod('other', 'node-2', { owner: ownedBy('other', 'foreign') }),
    ),
    settles({ pods: [1, 0] }),
  ),
  story(
    'C16',
    'orphans in two namespaces: those of the owner’s',
    given(
      daemonSet(idle),
      ...nodes(2),
      pod('here', 'node-0', orphan),
      pod('there', 'node-1', { ...orphan, namespace: 'other' }),
    ),
    settles({ pods: [1, 0], orphans: ['there'] }),
  ),
  story(
    'C17',
    'owned ones and orphans of the namespace',
    given(daemonSet(idle), ...nodes(2), pod('owned', 'node-0'), pod('orphan', 'node-1', orphan)),
    settles({ pods: [0, 0], that: claimed('orphan', 'owned') }),
  ),
  story(
    'C18',
    'pods of another uid, kind or namespace are not ours; a reference that does not control is none: that pod is adopted',
    given(daemonSet(idle)),
    settles({}),
    put(
      ...nodes(4),
      pod('another-uid', 'node-0', { owner: ownedBy('ds', 'foreign') }),
      pod('another-kind', 'node-1', { owner: { ...ownedBy('ds', 'foreign'), kind: 'ReplicaSet' } }),
      pod('another-namespace', 'node-2', { owner: ownedBy('ds', 'foreign'), namespace: 'other' }),
      pod('no-controller', 'node-3', { owner: { ...ownedBy('ds', 'foreign'), controller: false } }),
    ),
    settles({ pods: [3, 0], stay: ['another-kind', 'another-namespace', 'another-uid', 'no-controller'], orphans: [] }),
  ),
  elsewhere('X01', inside, 'expectations 10/30, 11 creations observed: not satisfied'),
  elsewhere('X02', inside, '31 deletions observed: satisfied'),
  elsewhere('X03', inside, 'expectations 1/2 expire'),
  elsewhere(
    'X04',
    'executor',
    'a created pod has labels, generateName and spec',
    'services/executor/src/pod/pod-form.unit.test.ts',
  ),
  elsewhere(
    'X05',
    'executor',
    'a created pod has the prefix and the owner reference',
    'services/executor/src/pod/pod-form.unit.test.ts',
  ),
  elsewhere('X06', 'executor', 'a patch of a pod that is missing, of one that exists', executorPods),
  elsewhere('X07', 'executor', 'the deletion of a pod that is missing', executorPods),
  elsewhere('X08', inside, 'collision counts make other hashes', 'packages/contracts/src/ids.unit.test.ts'),
  ...[
    ['K01', 'of versions written the highest is remembered'],
    ['K02', 'ready when the cache has reached what was written'],
    ['K03', 'another uid replaces the record'],
    ['K04', 'one of two concurrent writers wins'],
    ['K05', 'a record is cleared by its uid'],
    ['K06', 'after a check that succeeds the record is gone'],
  ].map(([id = '', says = '']) => elsewhere(id, inside, says)),
  story(
    '§6.2a',
    'a pod’s label is edited away and back: released and replaced; then adopted, and the older one, itself, stays',
    given(daemonSet(idle), node('node-0'), pod('own', 'node-0', { ageSeconds: 100 })),
    settles([0, 0]),
    patch('Pod', 'own', { metadata: { labels: { type: 'test' } } }),
    settles({ pods: [1, 0], orphans: ['own'] }),
    patch('Pod', 'own', { metadata: { labels: { type: 'production' } } }),
    settles({ pods: [0, 1], orphans: [], stay: ['own'] }),
  ),
  story(
    '§6.3a',
    'deleted with its pods orphaned and created again, it restarts nothing and finds its revision',
    given(daemonSet(), ...nodes(3)),
    settles([3, 0]),
    remove('DaemonSet', 'ds', 'Orphan'),
    settles({ pods: [0, 0], that: [['pods that stay', ({ pods }) => pods.length, 3]] }),
    put(daemonSet()),
    settles({ pods: [0, 0], orphans: [], revisions: [1] }),
  ),
  story(
    '§6.3b',
    'deleted in the foreground it does nothing, and goes when its pods have gone',
    given(daemonSet(), ...nodes(2)),
    settles([2, 0]),
    silence('node-0'),
    remove('DaemonSet', 'ds', 'Foreground'),
    settles({ pods: [0, 0], that: [['DaemonSets', ({ daemonSets }) => daemonSets.length, 1]] }),
  ),
  story(
    '§3.3b',
    'an orphan in phase Succeeded is adopted, then deleted with an event',
    given(daemonSet(idle), node('node-0'), pod('done', 'node-0', { ...orphan, phase: 'Succeeded' })),
    settles({ pods: [1, 1], gone: ['done'], events: ['Normal SucceededDaemonPod'] }),
  ),
]
