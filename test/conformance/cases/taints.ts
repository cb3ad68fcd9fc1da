import { daemonSet, is, type NodeChange, node, noExecute, noSchedule, pod, requiredAffinity } from '../objects.ts'
import { type Case, endPods, given, settles, silence } from '../scenario.ts'
import { twice } from './twice.ts'
import { verdictTwice } from './verdict.ts'

const untolerated = 'example.com/no'
const tolerating = { spec: { tolerations: [{ key: untolerated, operator: 'Exists' }] } }
const tainted = (...taints: NonNullable<NodeChange['taints']>) => node('node-0', { taints })
const lifecycle = 'node.kubernetes.io'

/** Spec §9.1 U35–U44: taints and the verdict on a node. */
export const taints: readonly Case[] = [
  ...twice('U35', 'a pod runs, the node gets a NoSchedule taint that is not tolerated: it stays', strategy => [
    given(daemonSet({ strategy }), tainted(noSchedule(untolerated)), pod('runs', 'node-0')),
    settles({ pods: [0, 0], stay: ['runs'], status: { desiredNumberScheduled: 0, numberMisscheduled: 1 } }),
  ]),
  ...twice('U36', 'a pod runs, the node gets a NoExecute taint that is not tolerated: it goes', strategy => [
    given(daemonSet({ strategy }), tainted(noExecute(untolerated)), pod('runs', 'node-0')),
    settles({ pods: [0, 1], gone: ['runs'], events: [] }),
  ]),
  ...twice('U37', 'no pod, a NoSchedule taint that is not tolerated', strategy => [
    given(daemonSet({ strategy }), tainted(noSchedule(untolerated))),
    settles({ pods: [0, 0], status: { observedGeneration: 1, desiredNumberScheduled: 0 } }),
  ]),
  ...twice('U38', 'no pod, a NoSchedule taint that is tolerated', strategy => [
    given(daemonSet({ strategy, ...tolerating }), tainted(noSchedule(untolerated))),
    settles([1, 0]),
  ]),
  ...twice('U39', 'a node that is not ready, with its NoExecute taint', strategy => [
    given(
      daemonSet({ strategy }),
      node('node-0', { taints: [noExecute(`${lifecycle}/not-ready`)], conditions: { Ready: 'False' } }),
    ),
    settles([1, 0]),
  ]),
  ...twice('U40', 'a node that is unreachable, with its NoExecute taint', strategy => [
    given(
      daemonSet({ strategy }),
      node('node-0', { taints: [noExecute(`${lifecycle}/unreachable`)], conditions: { Ready: 'Unknown' } }),
    ),
    settles([1, 0]),
  ]),
  ...twice('U41', 'tolerations, and a node without taints', strategy => [
    given(daemonSet({ strategy, ...tolerating }), node('node-0')),
    settles([1, 0]),
  ]),
  ...twice('U42', 'the only pod of the node is terminating: nothing is created beside it', strategy => [
    given(daemonSet({ strategy }), node('node-0'), pod('ends', 'node-0', { terminating: true, phase: '' })),
    silence('node-0'),
    settles([0, 0]),
    endPods({}),
    settles([1, 0]),
  ]),
  ...twice('U43', 'disk, memory and PID pressure', strategy => [
    given(
      daemonSet({ strategy }),
      tainted(...['disk', 'memory', 'pid'].map(what => noSchedule(`${lifecycle}/${what}-pressure`))),
    ),
    settles([1, 0]),
  ]),
  ...verdictTwice('U44a', 'a plain node', { runs: true, continues: true }),
  ...verdictTwice('U44b', 'requests exceed what is allocatable', {
    template: {
      spec: { containers: [{ name: 'main', image: 'foo/bar', resources: { requests: { memory: '200M' } } }] },
    },
    node: { allocatable: { memory: '100M' } },
    runs: true,
    continues: true,
  }),
  ...verdictTwice('U44c', 'nodeName is another node', {
    template: { spec: { nodeName: 'other' } },
    runs: false,
    continues: false,
  }),
  ...verdictTwice('U44d', 'a foreign pod has the host port', { besides: 'a foreign pod', runs: true, continues: true }),
  ...verdictTwice('U44e', 'requests do not fit beside a foreign pod', {
    template: {
      spec: { containers: [{ name: 'main', image: 'foo/bar', resources: { requests: { memory: '90M' } } }] },
    },
    node: { allocatable: { memory: '100M' } },
    besides: 'a foreign pod',
    runs: true,
    continues: true,
  }),
  ...verdictTwice('U44f', 'requests fit beside a foreign pod', {
    node: { allocatable: { memory: '200M' } },
    besides: 'a foreign pod',
    runs: true,
    continues: true,
  }),
  ...verdictTwice('U44g', 'the node selector does not match', {
    template: { spec: { nodeSelector: { color: 'blue' } } },
    runs: false,
    continues: false,
  }),
  ...verdictTwice('U44h', 'the node selector matches', {
    template: { spec: { nodeSelector: { color: 'blue' } } },
    node: { labels: { color: 'blue' } },
    runs: true,
    continues: true,
  }),
  ...verdictTwice('U44i', 'required affinity for another label value', {
    template: { spec: { affinity: requiredAffinity([{ matchExpressions: [is('type', 'In', 'test')] }]) } },
    node: { labels: { type: 'production' } },
    runs: false,
    continues: false,
  }),
  ...verdictTwice('U44j', 'required affinity for this label value', {
    template: { spec: { affinity: requiredAffinity([{ matchExpressions: [is('type', 'In', 'production')] }]) } },
    node: { labels: { type: 'production' } },
    runs: true,
    continues: true,
  }),
  ...verdictTwice('U44k', 'an unschedulable node without its taint', {
    node: { unschedulable: true },
    runs: true,
    continues: true,
  }),
]
