import { daemonSet, is, node, nodes, noSchedule, pod, requiredAffinity, rolling } from '../objects.ts'
import { type Case, given, pass, put, refuse, settles, story, where } from '../scenario.ts'

const untolerated = 'example.com/no'
const blue = { color: 'blue' }
const onBlue = { spec: { nodeSelector: blue } }
const sixNotIn = Array.from({ length: 6 }, (_, index) => is(`label-${index}`, 'NotIn', 'no', 'never'))

/** Spec §9.1 U65, U66, B1: how the status is stored, which node updates are looked at, what it costs. */
export const status: readonly Case[] = [
  story(
    'U65a',
    'the first status write works: one write',
    given(daemonSet(), node('n'), pod('own', 'n')),
    settles({ statusWrites: 1, status: { currentNumberScheduled: 1 } }),
  ),
  story(
    'U65b',
    'the first status write fails: a second one works',
    given(daemonSet()),
    refuse('write status', { times: 1 }),
    put(node('n'), pod('own', 'n')),
    pass(1),
    settles({ statusWrites: 2, status: { currentNumberScheduled: 1 } }),
  ),
  story(
    'U65c',
    'two status writes fail: it is tried again later',
    given(daemonSet()),
    refuse('write status', { times: 2 }),
    put(node('n'), pod('own', 'n')),
    settles({ statusWrites: 1, status: { observedGeneration: undefined } }),
    pass(1),
    settles({ statusWrites: 1 }),
    pass(2),
    settles({ statusWrites: 1, status: { currentNumberScheduled: 1 } }),
  ),
  where(
    ['requests'],
    story(
      'U65d',
      'a status write fails, and so does the read behind it: both are tried again, and the status is written',
      given(daemonSet(), node('n'), pod('own', 'n')),
      refuse('write status', { times: 1, code: 409, reason: 'Conflict' }),
      refuse('read DaemonSet', { after: 1, times: 1, code: 500, reason: 'InternalError' }),
      settles({}),
      pass(5),
      settles({ status: { currentNumberScheduled: 1 } }),
    ),
  ),
  story(
    'U66a',
    'a node update that changes nothing: nothing happens',
    given(daemonSet(), node('n')),
    settles({ pods: [1, 0], statusWrites: 2 }),
    put(node('n')),
    settles({ pods: [0, 0], statusWrites: 0 }),
  ),
  story(
    'U66b',
    'a node update that changes labels is looked at',
    given(daemonSet({ ...onBlue }), node('n')),
    settles([0, 0]),
    put(node('n', { labels: blue })),
    settles([1, 0]),
  ),
  story(
    'U66c',
    'a node update that changes taints is looked at',
    given(daemonSet({ strategy: rolling(1) }), node('n', { taints: [noSchedule(untolerated)] })),
    settles([0, 0]),
    put(node('n')),
    settles([1, 0]),
  ),
  story(
    'B1',
    'the status of 1000 nodes with a term of 6 × NotIn; what it costs is a bench: test/bench/event-cost.ts',
    given(
      daemonSet({ spec: { affinity: requiredAffinity([{ matchExpressions: sixNotIn }]) } }),
      ...nodes(1000, index => ({ labels: { 'label-0': index % 10 === 0 ? 'no' : 'yes' } })),
    ),
    settles({ pods: [900, 0], status: { desiredNumberScheduled: 900, currentNumberScheduled: 900 } }),
  ),
]
