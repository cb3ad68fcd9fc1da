import { at, generationLabel, hashLabel, type Manifest } from '../manifest.ts'
import { daemonSet, node, nodes, onDelete, pod, revision, revisionOf } from '../objects.ts'
import {
  type Case,
  catchUp,
  endPods,
  given,
  held,
  late,
  lose,
  pass,
  patch,
  put,
  remove,
  removePods,
  settles,
  story,
  where,
} from '../scenario.ts'
import type { View } from '../world.ts'

const blue = { color: 'blue' }
const onBlue = { spec: { nodeSelector: blue } }
const three = nodes(6, index => (index < 3 ? { labels: blue } : {}))
/** The blue nodes turn plain, and the plain ones blue. */
const swapped = Array.from({ length: 6 }, (_, index) =>
  patch('Node', `node-${index}`, { metadata: { labels: { color: index < 3 ? null : 'blue' } } }),
)
const form = ({ metadata, spec }: Manifest) => ({
  prefix: at(metadata as never, 'generateName'),
  labels: Object.keys(metadata.labels ?? {}).sort(),
  owners: (metadata.ownerReferences ?? []).map(({ kind, name, controller }) => [kind, name, controller]),
  image: at(spec, 'containers', 0, 'image'),
})
const formsOf = ({ pods }: View) => pods.map(form)

/**
 * Spec §9.5 X and K: what the built-in controller counts (expectations, versions written) so as to do nothing twice while its
 * caches are behind. Rollcall has commands in flight and outcomes instead; what can be seen is the same.
 */
export const flights: readonly Case[] = [
  story(
    'X01',
    'creations and deletions are under way, and not seen yet: nothing more is done; nor when only some of it is seen',
    given(daemonSet({ strategy: onDelete, ...onBlue }), ...three),
    settles([3, 0]),
    late('Pod'),
    ...swapped,
    settles([3, 3]),
    put(node('another')),
    settles([0, 0]),
    catchUp,
    settles({ pods: [0, 0], on: ['node-3', 'node-4', 'node-5'] }),
  ),
  story(
    'X02',
    'one deletion more than expected is seen: its pod is made anew, once',
    given(daemonSet({ strategy: onDelete, ...onBlue }), ...nodes(4, () => ({ labels: blue }))),
    settles([4, 0]),
    late('Pod'),
    patch('Node', 'node-0', { metadata: { labels: { color: null } } }),
    settles([0, 1]),
    removePods({ on: ['node-1'] }),
    endPods({ on: ['node-1'] }),
    settles([0, 0]),
    catchUp,
    settles({ pods: [1, 0], on: ['node-1', 'node-2', 'node-3'] }),
  ),
  where(
    ['requests'],
    story(
      'X03',
      'the built-in’s expectations expire when an answer is lost; here the command is sent again unchanged, and found done',
      given(daemonSet(), node('n')),
      lose('create Pod'),
      settles({}),
      pass(10),
      settles({ on: ['n'], that: [['pods', ({ pods }) => pods.length, 1]] }),
      pass(600),
      settles({ pods: [2, 0], on: ['n'] }),
    ),
  ),
  story(
    'X04',
    'a created pod has labels, generateName and spec',
    given(daemonSet({ image: 'foo/1' }), node('n')),
    settles({
      that: [
        [
          'form',
          view => formsOf(view).map(({ labels, prefix, image }) => ({ labels, prefix, image })),
          [{ labels: [hashLabel, 'name', generationLabel, 'type'], prefix: 'ds-', image: 'foo/1' }],
        ],
      ],
    }),
  ),
  story(
    'X05',
    'a created pod has the prefix and the owner reference',
    given(daemonSet({ name: 'ds2' }), node('n')),
    settles({
      that: [
        [
          'prefix and owners',
          view => formsOf(view).map(({ prefix, owners }) => [prefix, owners]),
          [['ds2-', [['DaemonSet', 'ds2', true]]]],
        ],
      ],
    }),
  ),
  story(
    'X06',
    'a pod is missing when it is to be adopted: nothing is held up by it; one that exists is adopted',
    given(node('gone-from'), node('stays-on'), ...orphans('gone', 'gone-from'), ...orphans('stays', 'stays-on')),
    settles({}),
    late('Pod'),
    removePods({ name: 'gone' }),
    endPods({ name: 'gone' }),
    put(daemonSet({ strategy: onDelete })),
    settles({ orphans: [] }),
    catchUp,
    settles({ on: ['gone-from', 'stays-on'], stay: ['stays'] }),
  ),
  story(
    'X07',
    'a pod is missing when it is to be deleted: that is as good as deleted',
    given(daemonSet({ strategy: onDelete, ...onBlue }), node('n', { labels: blue })),
    settles([1, 0]),
    late('Pod'),
    removePods({}),
    endPods({}),
    patch('Node', 'n', { metadata: { labels: { color: null } } }),
    settles([0, 1]),
    catchUp,
    settles({ pods: [0, 0], on: [] }),
  ),
  story(
    'X08',
    'collision counts make other hashes: two names that are taken are passed by',
    given(
      revision(revisionOf.name('foo/2'), 1, { data: { some: 'thing' }, labels: { app: 'else' }, owner: null }),
      revision(revisionOf.name('foo/2', 1), 2, { data: { some: 'thing' }, labels: { app: 'else' }, owner: null }),
    ),
    given(daemonSet(), node('n')),
    settles([1, 0]),
    put(daemonSet({ image: 'foo/2' })),
    settles({ pods: [1, 1], status: { collisionCount: 2 } }),
  ),
  story(
    'K01',
    'of versions written the highest is remembered: what the watch tells late of a status changes nothing',
    given(daemonSet(), node('node-0')),
    settles({}),
    late('DaemonSet'),
    put(node('node-1')),
    settles({ status: { desiredNumberScheduled: 2 } }),
    put(node('node-2')),
    settles({ status: { desiredNumberScheduled: 3, currentNumberScheduled: 3 }, statusWrites: 4 }),
    catchUp,
    settles({ pods: [3, 0], status: { desiredNumberScheduled: 3 }, statusWrites: 0 }),
  ),
  story(
    'K02',
    'it acts when what was written is seen or known by its outcome: a watch that is behind makes nothing twice',
    given(daemonSet()),
    settles({}),
    late('Pod'),
    put(node('n')),
    settles([1, 0]),
    patch('Node', 'n', { metadata: { labels: blue } }),
    put(daemonSet({ historyLimit: 3 })),
    settles([0, 0]),
    catchUp,
    settles({ pods: [0, 0], on: ['n'] }),
  ),
  story(
    'K03',
    'another uid replaces the record: a DaemonSet of the same name begins afresh while the watch is behind',
    given(daemonSet(), node('n')),
    settles([1, 0]),
    late('Pod'),
    remove('DaemonSet', 'ds'),
    settles([0, 0]),
    put(daemonSet()),
    settles([1, 0]),
    catchUp,
    settles({ pods: [0, 0], on: ['n'] }),
  ),
  held(
    'K04',
    'one of two concurrent writers wins',
    'services/reconciler/src/reconciler-commits.unit.test.ts',
    'a process that lost the epoch while the group still calls it the owner takes the partition back',
  ),
  story(
    'K05',
    'a record is cleared by its uid: what is told late of a DaemonSet that is gone brings nothing back',
    given(daemonSet(), node('node-0')),
    settles([1, 0]),
    late('Pod'),
    put(node('node-1')),
    settles([1, 0]),
    remove('DaemonSet', 'ds', 'Orphan'),
    settles([0, 0]),
    catchUp,
    put(node('node-2')),
    settles({ pods: [0, 0], on: ['node-0', 'node-1'] }),
  ),
  story(
    'K06',
    'after a check that succeeds the record is gone: what others delete is made anew at once',
    given(daemonSet(), node('n')),
    settles([1, 0]),
    late('Pod'),
    put(daemonSet({ historyLimit: 3 })),
    settles([0, 0]),
    catchUp,
    settles([0, 0]),
    removePods({}),
    settles({ pods: [1, 0], on: ['n'] }),
  ),
]

function orphans(name: string, on: string) {
  return [pod(name, on, { owner: null, generation: null })]
}
