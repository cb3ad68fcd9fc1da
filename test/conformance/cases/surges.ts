import { daemonSet, nodes, pod, presentHash, surging } from '../objects.ts'
import { type Case, given, put, settles, silence, story } from '../scenario.ts'

const oldReady = (name: string, ageSeconds: number, ready: number | false = 60) =>
  pod(name, 'node-1', { generation: null, ready, ageSeconds })
const surge = (more: Parameters<typeof daemonSet>[0] = {}) => daemonSet({ strategy: surging(1), ...more })
const crowded = (minReadySeconds: number, newReady: number | false, oldestReady: number | false) => [
  given(surge({ minReadySeconds })),
  settles({}),
  put(
    ...nodes(5),
    pod('new', 'node-1', { generation: null, hash: presentHash, ageSeconds: 10, ready: newReady }),
    oldReady('t50', 60, oldestReady),
    oldReady('t60', 50),
    pod('other', 'node-2', { generation: null, hash: presentHash, ageSeconds: 10 }),
  ),
]

/** Spec §9.1 U60–U64: several pods of a node, with surge. */
export const surges: readonly Case[] = [
  story(
    'U60',
    'the new pod is not ready: the older of the two old ready ones stays beside it',
    ...crowded(0, false, 60),
    settles({ pods: [3, 1], stay: ['new', 't50'], gone: ['t60'] }),
  ),
  story(
    'U61',
    'a surge is under way on node-0; the old pod of node-4 is terminating: a new one is created there, above the surge',
    given(surge()),
    settles({}),
    silence('node-4'),
    put(
      ...nodes(5),
      pod('new', 'node-0', { generation: null, hash: presentHash, ageSeconds: 10 }),
      pod('old-0', 'node-0', { generation: null, ready: 60, ageSeconds: 60 }),
      ...[1, 2, 3].map(index => pod(`old-${index}`, `node-${index}`, { generation: null, ready: 60, ageSeconds: 60 })),
      pod('old-4', 'node-4', { generation: null, ready: 60, ageSeconds: 60, terminating: true }),
    ),
    settles({ pods: [1, 0], on: ['node-0', 'node-0', 'node-1', 'node-2', 'node-3', 'node-4'] }),
  ),
  story(
    'U62',
    'the new pod is not ready, nor is the older old one: both old ones go',
    ...crowded(0, false, false),
    settles({ pods: [3, 2], stay: ['new'], gone: ['t50', 't60'] }),
  ),
  story(
    'U63',
    'the new pod is ready for 10 s of 15: the older old one stays',
    ...crowded(15, 10, 60),
    settles({ pods: [3, 1], stay: ['new', 't50'], gone: ['t60'] }),
  ),
  story(
    'U64',
    'the new pod is ready for 20 s of 15: both old ones go',
    ...crowded(15, 20, 60),
    settles({ pods: [3, 2], stay: ['new'], gone: ['t50', 't60'] }),
  ),
]
