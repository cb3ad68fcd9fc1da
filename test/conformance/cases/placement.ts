import { nodeOf } from '../manifest.ts'
import {
  daemonSet,
  foreignUid,
  is,
  l2,
  node,
  nodes,
  ownedBy,
  pod,
  podsOn,
  requiredAffinity,
  unboundPod,
} from '../objects.ts'
import {
  type Case,
  differs,
  endPods,
  getReady,
  given,
  patch,
  phase,
  put,
  refuse,
  refusedByApi,
  remove,
  settles,
  story,
} from '../scenario.ts'
import { twice } from './twice.ts'

const blue = { color: 'blue' }
const onBlue = { spec: { nodeSelector: blue } }
const foreign = { owner: ownedBy('other', foreignUid), labels: { app: 'other' }, generation: null }
/** Nodes 0–4 without the label, 5–9 with it. */
const lateBlue = nodes(10, index => (index < 5 ? {} : { labels: blue }))
const uneven = [
  ...podsOn('node-1', 1),
  ...podsOn('node-2', 2),
  ...podsOn('node-3', 5),
  ...podsOn('node-4', 2, { labels: l2 }),
]
/** What is too many has gone; the pods of other labels were released, and stay. */
const evened = {
  pods: [2, 5],
  on: ['node-0', 'node-1', 'node-2', 'node-3', 'node-4', 'node-4', 'node-4'],
  orphans: ['pod-node-4-0', 'pod-node-4-1'],
} as const
/** What a foreign pod asks for plays no part. */
const hungry = {
  containers: [{ name: 'main', image: 'foo/bar', resources: { requests: { memory: '75M', cpu: '75m' } } }],
}
/** The controller has looked, and no node is meant: nothing happens because of that. */
const meantNowhere = { observedGeneration: 1, desiredNumberScheduled: 0, numberMisscheduled: 0 }

/** Spec §9.1 U09–U32, U47, U48, U59: one roll call. */
export const placement: readonly Case[] = [
  ...twice('U09', 'no nodes', strategy => [
    given(daemonSet({ strategy })),
    settles({ pods: [0, 0], events: [], status: meantNowhere }),
  ]),
  ...twice('U10', 'one node', strategy => [given(daemonSet({ strategy }), node('only')), settles([1, 0])]),
  ...twice('U11', 'a node that is not ready, without a taint', strategy => [
    given(daemonSet({ strategy }), node('not-ready', { conditions: { Ready: 'False' } })),
    settles([1, 0]),
  ]),
  ...twice(
    'U12',
    'nodeName names a node that a foreign pod nearly fills: the pod is created, the other untouched',
    strategy => [
      given(
        daemonSet({ strategy, spec: { nodeName: 'full', ...hungry } }),
        node('full', { allocatable: { memory: '100M', cpu: '200m' } }),
        pod('other', 'full', foreign),
      ),
      settles({ pods: [1, 0], stay: ['other'] }),
    ],
  ),
  story(
    'U13',
    'a small node without the label, a big one with it, and a node selector: one pod on the big one',
    given(
      daemonSet({ spec: { nodeSelector: blue, ...hungry } }),
      node('small', { allocatable: { memory: '50M', cpu: '50m' } }),
      node('big', { allocatable: { memory: '200M', cpu: '200m' }, labels: blue }),
    ),
    settles({ pods: [1, 0], on: ['big'], events: [] }),
  ),
  ...twice('U14', 'a node whose network is not available, without a taint', strategy => [
    given(daemonSet({ strategy }), node('n', { conditions: { NetworkUnavailable: 'True' } })),
    settles([1, 0]),
  ]),
  ...twice('U15', 'a DaemonSet that is being deleted does nothing', strategy => [
    given(daemonSet({ strategy })),
    settles([0, 0]),
    remove('DaemonSet', 'ds', 'Foreground'),
    put(...nodes(5)),
    settles([0, 0]),
  ]),
  ...twice(
    'U16',
    'the watch is late, in truth it is being deleted: the adoption is refused; the built-in then does nothing else, Rollcall goes on',
    strategy => [
      given(daemonSet({ strategy }), ...nodes(5), pod('orphan', 'node-0', { owner: null, generation: null })),
      refuse('adopt Pod'),
      settles({ pods: [5, 0], orphans: ['orphan'] }),
    ],
  ).map(one => differs('unadoptable-pod', one)),
  ...twice('U17', 'a node that has our pod with the same host port', strategy => [
    given(daemonSet({ strategy }), node('n'), pod('own', 'n')),
    settles({ pods: [0, 0], stay: ['own'] }),
  ]),
  ...twice('U18', 'a foreign pod with another host port', strategy => [
    given(daemonSet({ strategy }), node('n'), pod('other', 'n', foreign)),
    settles({ pods: [1, 0], stay: ['other'] }),
  ]),
  ...twice('U19', 'an empty selector is refused with an event, a foreign pod is kept', strategy => [
    given(daemonSet({ strategy, selector: {} }), ...nodes(1), pod('other', 'node-0', foreign)),
    settles({ pods: [0, 0], events: ['Warning SelectingAll'], stay: ['other'], statusWrites: 0 }),
  ]).map(one => refusedByApi('empty selector is invalid', one)),
  ...twice('U20', 'none, one, two, five pods, and two of other labels: those are released', strategy => [
    given(daemonSet({ strategy }), ...nodes(5), ...uneven),
    settles(evened),
  ]),
  ...twice('U21', 'the node selector matches 3 of 7 nodes', strategy => [
    given(daemonSet({ strategy, ...onBlue }), ...nodes(7, index => (index < 4 ? {} : { labels: blue }))),
    settles({ pods: [3, 0], on: ['node-4', 'node-5', 'node-6'] }),
  ]),
  ...twice('U22', 'pods where none should be', strategy => [
    given(
      daemonSet({ strategy, ...onBlue }),
      ...lateBlue,
      ...podsOn('node-0', 2, { labels: l2 }),
      ...podsOn('node-1', 3),
      ...podsOn('node-1', 1, { labels: l2 }, 'other'),
      ...podsOn('node-4', 1),
    ),
    settles({
      pods: [5, 4],
      on: ['node-0', 'node-0', 'node-1', 'node-5', 'node-6', 'node-7', 'node-8', 'node-9'],
      orphans: ['other-node-1-0', 'pod-node-0-0', 'pod-node-0-1'],
    }),
  ]),
  ...twice('U23', 'many too many', strategy => [
    given(
      daemonSet({ strategy, ...onBlue }),
      ...lateBlue,
      ...podsOn('node-0', 1),
      ...podsOn('node-1', 3),
      ...podsOn('node-1', 2, { labels: l2 }, 'other'),
      ...podsOn('node-2', 4),
      ...podsOn('node-6', 13),
      ...podsOn('node-7', 4, { labels: l2 }, 'other'),
      ...podsOn('node-9', 1),
      ...podsOn('node-9', 1, { labels: l2 }, 'other'),
    ),
    settles({
      pods: [3, 20],
      on: [1, 1, 5, 6, 7, 7, 7, 7, 7, 8, 9, 9].map(number => `node-${number}`),
      orphans: [
        ...['other-node-1-0', 'other-node-1-1'],
        ...[0, 1, 2, 3].map(number => `other-node-7-${number}`),
        'other-node-9-0',
      ],
    }),
  ]),
  ...twice('U24', 'the node selector matches no node', strategy => [
    given(daemonSet({ strategy, ...onBlue }), ...nodes(4)),
    settles({ pods: [0, 0], status: meantNowhere }),
  ]),
  ...twice('U25', 'nodeName names a node', strategy => [
    given(daemonSet({ strategy, spec: { nodeName: 'node-0' } }), ...nodes(5)),
    settles({ pods: [1, 0], on: ['node-0'] }),
  ]),
  ...twice('U26', 'nodeName names no node', strategy => [
    given(daemonSet({ strategy, spec: { nodeName: 'node-10' } }), ...nodes(5)),
    settles({ pods: [0, 0], status: meantNowhere }),
  ]),
  ...twice('U27', 'nodeName and node selector agree', strategy => [
    given(daemonSet({ strategy, spec: { nodeName: 'node-6', nodeSelector: blue } }), ...lateBlue),
    settles({ pods: [1, 0], on: ['node-6'] }),
  ]),
  ...twice('U28', 'nodeName names a node that the selector excludes', strategy => [
    given(daemonSet({ strategy, spec: { nodeName: 'node-0', nodeSelector: blue } }), ...lateBlue),
    settles({ pods: [0, 0], status: meantNowhere }),
  ]),
  story(
    'U29',
    'a node selector, OnDelete',
    given(
      daemonSet({ strategy: { type: 'OnDelete' }, ...onBlue }),
      ...nodes(7, index => (index < 4 ? {} : { labels: blue })),
    ),
    settles({ pods: [3, 0], on: ['node-4', 'node-5', 'node-6'] }),
  ),
  ...twice('U30', 'required affinity, 3 of 7 nodes match', strategy => [
    given(
      daemonSet({
        strategy,
        spec: { affinity: requiredAffinity([{ matchExpressions: [is('color', 'In', 'blue')] }]) },
      }),
      ...nodes(7, index => (index < 4 ? {} : { labels: blue })),
    ),
    settles({ pods: [3, 0], on: ['node-4', 'node-5', 'node-6'] }),
  ]),
  ...twice('U31', 'numberReady follows the pods', strategy => [
    given(daemonSet({ strategy }), ...nodes(2)),
    settles({ pods: [2, 0], status: { numberReady: 0 } }),
    getReady(),
    settles({ status: { numberReady: 2 } }),
  ]),
  ...twice('U32', 'observedGeneration is the generation', strategy => [
    given(daemonSet({ strategy }), node('n'), pod('own', 'n')),
    settles({ status: { observedGeneration: 1 } }),
  ]),
  ...twice('U47', 'bound pods on a node that exists and on one that does not, an unbound one for a third', strategy => [
    given(
      daemonSet({ strategy }),
      node('node-0'),
      pod('here', 'node-0'),
      pod('there', 'node-1'),
      unboundPod('nowhere', 'node-2'),
    ),
    settles({ pods: [0, 1], stay: ['here', 'there'], gone: ['nowhere'] }),
  ]),
  story(
    'U48a',
    'which pods count: owned or adopted and not terminal while terminating; those of others, or of other labels, do not',
    given(
      daemonSet({ strategy: { type: 'OnDelete' } }),
      daemonSet({
        name: 'ds2',
        selector: { matchLabels: { app: 'two' } },
        labels: { app: 'two' },
        spec: { nodeSelector: blue },
      }),
      ...nodes(6),
      pod('orphan', 'node-0', { owner: null }),
      pod('other-labels', 'node-1', { labels: l2 }),
      pod('orphan-of-other-labels', 'node-1', { labels: l2, owner: null }),
      pod('of-another', 'node-2', { owner: ownedBy('elsewhere', foreignUid) }),
      pod('ended', 'node-3', { phase: 'Failed', terminating: true, finalizers: ['example.com/keep'] }),
      pod('succeeded', 'node-4', { phase: 'Succeeded' }),
      pod('failed', 'node-5', { phase: 'Failed' }),
    ),
    settles({
      pods: [5, 2],
      gone: ['failed', 'succeeded'],
      that: [
        [
          'nodes where one was created',
          ({ pods }) =>
            pods
              .filter(({ metadata }) => metadata.name.startsWith('ds-'))
              .map(nodeOf)
              .sort(),
          ['node-1', 'node-2', 'node-3', 'node-4', 'node-5'],
        ],
      ],
      stay: ['ended', 'of-another', 'orphan', 'orphan-of-other-labels', 'other-labels'],
    }),
  ),
  story(
    'U48b',
    'a terminal pod that is being deleted does not hold its node, but it holds its revision',
    given(daemonSet({ historyLimit: 0, finalizers: ['example.com/keep'] }), node('node-0')),
    settles([1, 0]),
    phase({}, 'Failed'),
    settles({ pods: [1, 1] }),
    patch('DaemonSet', 'ds', { spec: { template: { spec: { terminationGracePeriodSeconds: 1 } } } }),
    settles({ pods: [0, 1] }),
    endPods({ phase: 'Pending' }),
    settles({ pods: [1, 0], revisions: [1, 2] }),
    endPods({ phase: 'Failed' }),
    settles({ pods: [0, 0], revisions: [2] }),
  ),
  story(
    'U59',
    'with surge: none, one, two, five pods, and two of other labels',
    given(
      daemonSet({ strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } } }),
      ...nodes(5),
      ...uneven,
    ),
    settles(evened),
  ),
]
