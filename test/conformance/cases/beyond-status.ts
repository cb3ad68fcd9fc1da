import type { Manifest } from '../manifest.ts'
import { daemonSet, node, nodes, pod, revision, surging } from '../objects.ts'
import {
  type Case,
  differs,
  endPods,
  getReady,
  given,
  pass,
  patchPods,
  put,
  refusedByApi,
  remove,
  settles,
  silence,
  story,
} from '../scenario.ts'

const terminate = { metadata: { deletionTimestamp: '@now' } }

/** Sentences of spec §5–§7 that no test of the reference holds. */
export const beyondStatus: readonly Case[] = [
  story(
    '§5.1a',
    'the first pod of a node is what counts: a terminating one that is still ready counts as ready',
    given(daemonSet(), node('n')),
    settles([1, 0]),
    getReady(),
    settles({ status: { numberReady: 1, numberAvailable: 1 } }),
    silence('n'),
    patchPods({}, terminate),
    settles({ status: { currentNumberScheduled: 1, numberReady: 1, numberAvailable: 1, numberUnavailable: 0 } }),
    endPods({}),
    settles({ pods: [1, 0], status: { currentNumberScheduled: 1, numberReady: 0, numberUnavailable: 1 } }),
  ),
  story(
    '§5.1b',
    'during a surge the older pod decides ready and updated',
    given(daemonSet({ strategy: surging(1) }), node('n')),
    settles([1, 0]),
    getReady(),
    // Of two pods of one second the name decides which is older.
    pass(1),
    put(daemonSet({ strategy: surging(1), image: 'foo/2' })),
    settles({ pods: [1, 0], status: { numberReady: 1, numberAvailable: 1, updatedNumberScheduled: 0 } }),
    getReady(),
    settles({ pods: [0, 1], status: { numberReady: 1, updatedNumberScheduled: 1 } }),
  ),
  story(
    '§5.1c',
    'a pod on a node that does not exist counts nowhere',
    given(daemonSet(), node('n'), pod('own', 'n', { ready: 5 }), pod('left', 'gone', { ready: 5 })),
    settles({
      pods: [0, 0],
      stay: ['left'],
      status: { desiredNumberScheduled: 1, currentNumberScheduled: 1, numberMisscheduled: 0, numberReady: 1 },
    }),
  ),
  story(
    '§6.1a',
    'an orphan revision that is being deleted is not adopted',
    given(ending(revision('ds-ends', 7, { of: { image: 'foo/1' }, owner: null }))),
    given(daemonSet()),
    settles({ revisions: [1] }),
  ),
  story(
    '§5.2a',
    'no status is written when nothing of it has changed, nor for a DaemonSet that is being deleted',
    given(daemonSet(), node('n')),
    settles({ pods: [1, 0], statusWrites: 2 }),
    patchPods({}, { metadata: { annotations: { some: 'note' } } }),
    settles({ statusWrites: 0 }),
    silence('n'),
    remove('DaemonSet', 'ds', 'Foreground'),
    put(node('another')),
    settles({ pods: [0, 0], statusWrites: 0 }),
  ),
  refusedByApi(
    'empty selector is invalid',
    differs(
      'selecting-all',
      story(
        '§7.1a',
        'an empty selector is said once; the built-in says it in every sync',
        given(daemonSet({ selector: {} })),
        settles({ events: ['Warning SelectingAll'] }),
        put(...nodes(2)),
        settles({ pods: [0, 0], events: [] }),
      ),
    ),
  ),
]

function ending(object: Manifest): Manifest {
  const metadata = { ...object.metadata, deletionTimestamp: '@now', finalizers: ['example.com/keep'] }
  return { ...object, metadata }
}
