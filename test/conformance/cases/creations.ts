import { at, nodeOf } from '../manifest.ts'
import { daemonSet, is, node, nodes, requiredAffinity } from '../objects.ts'
import { allow, type Case, differs, given, pass, put, refuse, remove, settles, story, where } from '../scenario.ts'
import type { View } from '../world.ts'
import { twice } from './twice.ts'

const five = ['node-0', 'node-1', 'node-2', 'node-3', 'node-4']
const aimedAt = (name: string) => requiredAffinity([{ matchFields: [is('metadata.name', 'In', name)] }])
const affinityByNode = ({ pods }: View) => Object.fromEntries(pods.map(one => [nodeOf(one), at(one.spec, 'affinity')]))

/** Spec §9.1 U01–U08: pods are made, and what becomes of it when that is refused. */
export const creations: readonly Case[] = [
  ...twice('U01', 'a deletion is told as a tombstone with the object: the DaemonSet is forgotten', strategy => [
    given(daemonSet({ strategy }), ...nodes(1)),
    settles([1, 0]),
    remove('DaemonSet', 'ds', 'Orphan'),
    settles({ pods: [0, 0], that: [['no DaemonSet is left', ({ daemonSets }) => daemonSets.length, 0]] }),
    put(...nodes(2)),
    settles([0, 0]),
  ]),
  story(
    'U02',
    'create; the status echo changes nothing; delete; re-create under the same name: it starts afresh',
    given(daemonSet(), node('node-0')),
    settles({ pods: [1, 0], statusWrites: 2 }),
    settles({ pods: [0, 0], statusWrites: 0 }),
    remove('DaemonSet', 'ds'),
    settles({ pods: [0, 0], on: [] }),
    put(daemonSet()),
    settles({ pods: [1, 0], on: ['node-0'] }),
  ),
  ...twice('U03', '5 nodes, no selector', strategy => [
    given(daemonSet({ strategy }), ...nodes(5)),
    settles({ pods: [5, 0], on: five, events: [] }),
  ]),
  ...twice(
    'U04',
    'every pod is aimed at its node by one required term with one field; the scheduler binds it',
    strategy => [
      given(daemonSet({ strategy }), ...nodes(5)),
      settles({
        pods: [5, 0],
        on: five,
        that: [
          [
            'required node affinity, by node',
            affinityByNode,
            Object.fromEntries(five.map(name => [name, aimedAt(name)])),
          ],
        ],
      }),
    ],
  ),
  // Ninety refused creations, each tried again in its own time: on a machine's clock when it becomes quiet is chance.
  ...twice('U05', '100 nodes, creations beyond 10 are refused: 10 pods, and the status says so', strategy => [
    given(daemonSet({ strategy }), ...nodes(100)),
    refuse('create Pod', { after: 10 }),
    settles({ status: { desiredNumberScheduled: 100, currentNumberScheduled: 10, updatedNumberScheduled: 10 } }),
  ]).map(one => where(['quick looks'], one)),
  where(
    ['requests', 'rollcall', 'quick looks'],
    differs(
      'slow-start',
      story(
        'U05',
        'no more than 15 creations are tried: slow start 1, 2, 4, 8; here at most one more is refused than had succeeded',
        given(daemonSet(), ...nodes(100)),
        refuse('create Pod', { after: 10 }),
        settles({ that: [['creations tried are at most 21', ({ creations }) => creations <= 21, true]] }),
      ),
    ),
  ),
  ...twice('U06', 'after refused creations nothing is waited for: the rest is tried again', strategy => [
    given(daemonSet({ strategy }), ...nodes(100)),
    refuse('create Pod', { after: 10 }),
    settles({ that: [['live pods', ({ pods }) => pods.length, 10]] }),
    allow,
    pass(1),
    settles({ that: [['live pods', ({ pods }) => pods.length, 100]] }),
  ]).map(one => where(['quick looks'], one)),
  ...twice('U07', 'the status counts the pods just created', strategy => [
    given(daemonSet({ strategy }), ...nodes(5)),
    settles({ pods: [5, 0], status: { currentNumberScheduled: 5 } }),
  ]),
  ...twice('U08a', 'a creation that fails is tried, and tried again', strategy => [
    given(daemonSet({ strategy }), node('node-0')),
    refuse('create Pod', { times: 1 }),
    settles([1, 0]),
    pass(1),
    settles({ pods: [1, 0], on: ['node-0'] }),
  ]),
  ...twice('U08b', 'a status write that fails is tried again, the pod is there', strategy => [
    given(daemonSet({ strategy }), node('node-0')),
    refuse('write status', { times: 1 }),
    settles([1, 0]),
    pass(1),
    settles({ pods: [0, 0], status: { currentNumberScheduled: 1 } }),
  ]),
  ...twice('U08c', 'both fail: both are tried again', strategy => [
    given(daemonSet({ strategy }), node('node-0')),
    refuse('create Pod', { times: 1 }),
    refuse('write status', { times: 1 }),
    settles([1, 0]),
    pass(2),
    settles({ pods: [1, 0], status: { currentNumberScheduled: 1 } }),
  ]),
]
