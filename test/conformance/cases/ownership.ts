import { isDeepStrictEqual } from 'node:util'
import { controllerOf, type Metadata } from '../manifest.ts'
import { daemonSet, foreignUid, l2, node, nodes, onDelete, ownedBy, pod, revision } from '../objects.ts'
import { type Case, given, held, patch, put, remove, type Story, settles, silence, story, where } from '../scenario.ts'
import type { View } from '../world.ts'
import { flights } from './flights.ts'

const orphan = { owner: null, generation: null }
const keeping = { finalizers: ['example.com/keep'] }
const finalizersOf =
  (...names: string[]) =>
  ({ pods }: View) =>
    pods.filter(({ metadata }) => names.includes(metadata.name)).map(({ metadata }) => metadata.finalizers ?? [])
/** Pods whose controller stands in their own namespace. */
const ownersBesides = ({ pods, daemonSets }: View) =>
  pods
    .filter(one =>
      daemonSets.some(
        ({ metadata }) =>
          metadata.uid === controllerOf(one)?.uid && metadata.namespace === (one.metadata.namespace ?? 'default'),
      ),
    )
    .map(({ metadata }) => metadata.name)
    .sort()
const quotes = 'C11, C12: uids with a quote'
const executorPods = 'services/executor/src/apply/pods.unit.test.ts'
const idle = { strategy: onDelete }

const ours = ({ pods, daemonSets }: View) => {
  const uids = daemonSets.map(({ metadata }) => metadata.uid)
  return pods.filter(one => uids.includes(controllerOf(one)?.uid)).map(({ metadata }) => metadata.name)
}
const claimed = (...names: string[]) => [['pods of the DaemonSet', ours, names]] as const
/** A DaemonSet that waits for its dependents to go. */
const terminating = [given(daemonSet(idle)), settles({}), remove('DaemonSet', 'ds', 'Foreground')]

/** A pod that does not match is released: what the API server is asked to do. */
function releases(id: string, says: string, metadata: Partial<Metadata> = {}): Story {
  const not = pod('not', 'node-0', { labels: l2 })
  const wanted = ({ pods, daemonSets }: View) => ({
    metadata: {
      uid: pods.find(one => one.metadata.name === 'not')?.metadata.uid,
      ownerReferences: [{ $patch: 'delete', uid: daemonSets[0]?.metadata.uid }],
    },
  })
  return where(
    ['requests'],
    story(
      id,
      says,
      given(daemonSet(idle), node('node-0'), { ...not, metadata: { ...not.metadata, ...metadata } }),
      settles({
        pods: [1, 0],
        orphans: ['not'],
        that: [
          [
            'patches of the pod that are not as expected',
            view => patchesOf(view, 'not').filter(patch => !isDeepStrictEqual(patch, wanted(view))),
            [],
          ],
          ['patches of the pod', view => patchesOf(view, 'not').length, 1],
          [
            'other owners and finalizers that are left',
            ({ pods }) =>
              pods
                .filter(one => one.metadata.name === 'not')
                .map(one => [one.metadata.ownerReferences?.length ?? 0, one.metadata.finalizers ?? []]),
            [[(metadata.ownerReferences?.length ?? 1) - 1, metadata.finalizers ?? []]],
          ],
        ],
      }),
    ),
  )
}

const ownerOf =
  (name: string) =>
  ({ revisions }: View) =>
    (revisions.find(({ metadata }) => metadata.name === name)?.metadata.ownerReferences ?? []).map(owner => owner.name)

const patchesOf = ({ requests }: View, name: string) =>
  requests.filter(request => request.verb === 'patch' && request.name === name).map(({ body }) => body)

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
      pod('another-s', 'node-1', { owner: ownedBy('other', foreignUid) }),
    ),
    settles({ pods: [1, 0], stay: ['another-s'] }),
  ),
  story(
    'C05',
    'owned and matching, owned and not: the second is released',
    given(daemonSet(idle), ...nodes(2), pod('matches', 'node-0'), pod('not', 'node-1', { labels: l2 })),
    settles({ pods: [1, 0], orphans: ['not'] }),
  ),
  where(
    ['one moment'],
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
  ),
  story(
    'C07',
    'adoption and release that set finalizers: DaemonSets set none, and leave those that are there',
    given(
      daemonSet(idle),
      ...nodes(3),
      pod('bare', 'node-0', orphan),
      pod('kept', 'node-1', { ...orphan, ...keeping }),
      pod('not', 'node-2', { ...keeping, labels: l2 }),
    ),
    settles({
      pods: [1, 0],
      orphans: ['not'],
      that: [
        [
          'finalizers of the pods that were there',
          finalizersOf('bare', 'kept', 'not'),
          [[], keeping.finalizers, keeping.finalizers],
        ],
      ],
    }),
  ),
  story(
    'C08',
    'a matching orphan in another namespace is not claimed',
    given(daemonSet(idle), node('node-0'), pod('elsewhere', 'node-0', { ...orphan, namespace: 'other' })),
    settles({ pods: [1, 0], orphans: ['elsewhere'] }),
  ),
  story(
    'C09',
    'an owner of the whole cluster claims across namespaces: DaemonSets of one name in two namespaces claim in their own',
    given(
      daemonSet(idle),
      daemonSet({ ...idle, metadata: { namespace: 'other' } }),
      node('node-0'),
      pod('here', 'node-0', orphan),
      pod('there', 'node-0', { ...orphan, namespace: 'other' }),
    ),
    settles({ pods: [0, 0], orphans: [], that: [['owners and their namespaces', ownersBesides, ['here', 'there']]] }),
  ),
  releases('C10', 'the patch that releases: plain'),
  held('C11', 'the bytes of the patch that releases: an owner uid with a quote', executorPods, quotes),
  held('C12', 'the bytes of the patch that releases: a pod uid with a quote', executorPods, quotes),
  releases('C13', 'the patch that releases, and a second owner: that one stays', {
    ownerReferences: [ownedBy('ds'), { ...ownedBy('other', foreignUid), controller: false }],
  }),
  releases('C14', 'the patch that releases, and a finalizer: it stays, DaemonSets have none', keeping),
  story(
    'C15',
    'several pods, some of them owned: the owned ones count',
    given(
      daemonSet(idle),
      ...nodes(3),
      pod('owned-0', 'node-0'),
      pod('owned-1', 'node-1'),
      pod('other', 'node-2', { owner: ownedBy('other', foreignUid) }),
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
      pod('another-uid', 'node-0', { owner: ownedBy('ds', foreignUid) }),
      pod('another-kind', 'node-1', { owner: { ...ownedBy('ds', foreignUid), kind: 'ReplicaSet' } }),
      pod('another-namespace', 'node-2', { owner: ownedBy('ds', foreignUid), namespace: 'other' }),
      pod('no-controller', 'node-3', { owner: { ...ownedBy('ds', foreignUid), controller: false } }),
    ),
    settles({ pods: [3, 0], stay: ['another-kind', 'another-namespace', 'another-uid', 'no-controller'], orphans: [] }),
  ),
  ...flights,
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
    '§6.2b',
    'a revision’s label is edited away and back: it is let go, stays as it is, and is taken again',
    given(daemonSet(idle), node('node-0')),
    settles({ pods: [1, 0], revisions: [1] }),
    put(revision('ds-old', 0, { of: { image: 'foo/1' } })),
    settles({ pods: [0, 0], revisions: [0, 1] }),
    put(daemonSet({ ...idle, image: 'foo/2' })),
    settles({ pods: [0, 0], revisions: [0, 1, 2] }),
    patch('ControllerRevision', 'ds-old', { metadata: { labels: { type: 'test' } } }),
    settles({ pods: [0, 0], revisions: [1, 2], that: [['who owns ds-old', ownerOf('ds-old'), []]] }),
    patch('ControllerRevision', 'ds-old', { metadata: { labels: { type: 'production' } } }),
    settles({ pods: [0, 0], revisions: [0, 1, 2], that: [['who owns ds-old', ownerOf('ds-old'), ['ds']]] }),
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
