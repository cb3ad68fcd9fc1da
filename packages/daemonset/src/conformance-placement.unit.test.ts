import type { DaemonSetFacts, PodFacts } from '@rollcall/contracts'
import { describe, expect, test } from 'vitest'
import { clusterOf, commanded, foreign, type Pair, plain, podsOn } from './testing/cases.ts'
import { aDaemonSet, aNode, aTemplate } from './testing/objects.ts'

/**
 * Cases of the spec's conformance suite (spec §9.1) by their ids. A pair `[c, d]` counts the pods created and deleted
 * until nothing more happens without time passing or pods becoming ready: the reference needs several syncs for it.
 */

const late = (count: number) =>
  plain(10).map((node, index) => (index < count ? node : { ...node, labels: { ssd: '1' } }))
const onSsd = aDaemonSet({ template: aTemplate({ nodeSelector: { ssd: '1' } }) })
const uneven = [...podsOn('node-1', 1), ...podsOn('node-2', 2), ...podsOn('node-3', 5), ...podsOn('node-4', 2, foreign)]

describe.each([
  ['RollingUpdate', { type: 'RollingUpdate', maxUnavailable: 1, maxSurge: 0 }],
  ['OnDelete', { type: 'OnDelete', maxUnavailable: null, maxSurge: null }],
] as const)('one roll call with %s', (_name, updateStrategy) => {
  const cases: readonly (readonly [
    string,
    string,
    DaemonSetFacts,
    readonly PodFacts[],
    ReturnType<typeof aNode>[],
    Pair,
  ])[] = [
    ['U03', 'no selector, 5 nodes', aDaemonSet(), [], plain(5), [5, 0]],
    ['U09', 'no nodes', aDaemonSet(), [], [], [0, 0]],
    [
      'U11',
      'a node that is not ready',
      aDaemonSet(),
      [],
      [aNode('n', { conditions: [{ type: 'Ready', status: 'False', since: null }] })],
      [1, 0],
    ],
    ['U20', 'none, one, two, five pods, and two of other labels', aDaemonSet(), uneven, plain(5), [2, 5]],
    ['U21', '5 of 10 nodes have the label', onSsd, [], late(5), [5, 0]],
    [
      'U22',
      'pods where none should be, and where they should',
      onSsd,
      [
        ...podsOn('node-0', 2, foreign),
        ...podsOn('node-1', 3),
        ...podsOn('node-1', 1, foreign),
        ...podsOn('node-4', 1),
      ],
      late(5),
      [5, 4],
    ],
    [
      'U23',
      'many too many',
      onSsd,
      [
        ...podsOn('node-0', 1),
        ...[...podsOn('node-1', 3), ...podsOn('node-1', 2, foreign)],
        ...podsOn('node-2', 4),
        ...podsOn('node-6', 13),
        ...podsOn('node-7', 4, foreign),
        ...[...podsOn('node-9', 1), ...podsOn('node-9', 1, foreign)],
      ],
      late(5),
      [3, 20],
    ],
    ['U24', 'the selector matches no node', onSsd, [], plain(3), [0, 0]],
    ['U25', 'nodeName names a node', aDaemonSet({ template: aTemplate({ nodeName: 'node-0' }) }), [], plain(3), [1, 0]],
    ['U26', 'nodeName names none', aDaemonSet({ template: aTemplate({ nodeName: 'nowhere' }) }), [], plain(3), [0, 0]],
    ['U33a', 'one good pod', aDaemonSet(), podsOn('node-0', 1), plain(1), [0, 0]],
    [
      'U33c',
      'one failed pod: deleted, then replaced',
      aDaemonSet(),
      podsOn('node-0', 1).map(pod => ({ ...pod, phase: 'Failed' as const, ready: false })),
      plain(1),
      [1, 1],
    ],
    [
      'U33d',
      'a failed pod and three good ones',
      aDaemonSet(),
      podsOn('node-0', 4).map((pod, index) => (index === 0 ? { ...pod, phase: 'Failed' as const, ready: false } : pod)),
      plain(1),
      [0, 3],
    ],
    [
      'U37',
      'a taint that is not tolerated',
      aDaemonSet(),
      [],
      [aNode('n', { taints: [{ key: 'k', value: '', effect: 'NoSchedule' }] })],
      [0, 0],
    ],
    [
      'U35',
      'the same taint, but a pod runs',
      aDaemonSet(),
      podsOn('n', 1),
      [aNode('n', { taints: [{ key: 'k', value: '', effect: 'NoSchedule' }] })],
      [0, 0],
    ],
  ]
  test.each(cases)('%s %s', (_id, _what, daemonSet, pods, nodes, expected) => {
    expect(commanded(clusterOf({ ...daemonSet, updateStrategy }, pods, nodes))).toEqual(expected)
  })

  test('U20 pods of other labels are released, not deleted', () => {
    const cluster = clusterOf(aDaemonSet({ updateStrategy }), uneven, plain(5))
    cluster.run()
    const released = [...cluster.pods.values()].filter(({ owner }) => owner === null).map(({ name }) => name)
    expect(released).toEqual(['node-4-other-0', 'node-4-other-1'])
  })

  test('U42 nothing is created beside a pod that is terminating, until it is gone', () => {
    const cluster = clusterOf(aDaemonSet({ updateStrategy }), [], plain(1))
    cluster.run()
    const [pod] = [...cluster.pods.values()]
    cluster.runKubelets = () => undefined // Its kubelet does not answer: the pod stays.
    if (pod) cluster.putPod({ ...pod, deletedAt: cluster.now })
    expect(commanded(cluster)).toEqual([0, 0])
    cluster.dropPod(pod?.name ?? '')
    expect(commanded(cluster)).toEqual([1, 0])
  })
})
