import type { DaemonSetFacts } from '@rollcall/contracts'
import { describe, expect, test } from 'vitest'
import { clusterOf, commanded, type Pair, plain, rolling, withImage } from './testing/cases.ts'
import { FakeCluster } from './testing/fake-cluster.ts'
import { aDaemonSet, type aNode, aPod, aTemplate } from './testing/objects.ts'

/**
 * Cases of the spec's conformance suite (spec §9.1 U60–U64, §9.2) by their ids. A pair `[c, d]` counts the pods created and deleted
 * until nothing more happens without time passing or pods becoming ready: the reference needs several syncs for it.
 */

describe('rolling updates', () => {
  /** Marks all pods ready, as the reference's `markPodsReady`. */
  function ready(cluster: FakeCluster): void {
    for (const pod of cluster.pods.values()) {
      if (pod.deletedAt === null && !pod.ready)
        cluster.putPod({
          ...pod,
          nodeName: pod.nodeName ?? pod.target,
          phase: 'Running',
          ready: true,
          readySince: cluster.now,
        })
    }
  }
  function rolledOut(nodes: readonly ReturnType<typeof aNode>[], daemonSet: DaemonSetFacts): FakeCluster {
    const cluster = clusterOf(daemonSet, [], nodes)
    cluster.run()
    cluster.kubelet = false
    return cluster
  }
  const readyNames = (cluster: FakeCluster) =>
    [...cluster.pods.values()].filter(pod => pod.ready).map(({ name }) => name)

  test('R01 step by step, as pods become ready', () => {
    const cluster = rolledOut(plain(5), aDaemonSet(rolling(2)))
    cluster.putDaemonSet(withImage('image:2', rolling(2)))
    const steps: Pair[] = []
    for (let step = 0; step < 4; step++) {
      steps.push(commanded(cluster))
      ready(cluster)
    }
    expect(steps).toEqual([
      [2, 2],
      [2, 2],
      [1, 1],
      [0, 0],
    ])
  })

  test('R02 with surge, step by step', () => {
    const cluster = rolledOut(plain(5), aDaemonSet(rolling(0, 2)))
    cluster.putDaemonSet(withImage('image:2', rolling(0, 2)))
    const steps: Pair[] = []
    for (let step = 0; step < 5; step++) {
      steps.push(commanded(cluster))
      ready(cluster)
    }
    expect(steps).toEqual([
      [2, 0],
      [2, 2],
      [1, 2],
      [0, 1],
      [0, 0],
    ])
  })

  test('R03 a node that the new template no longer tolerates gives its pod up during the surge', () => {
    const taints = [{ key: 'node-role.kubernetes.io/control-plane', value: '', effect: 'NoSchedule' }]
    const nodes = plain(5).map((node, index) => (index === 0 ? { ...node, taints } : node))
    const tolerations = taints.map(({ key }) => ({
      key,
      operator: 'Exists',
      value: '',
      effect: '',
      tolerationSeconds: null,
    }))
    const cluster = rolledOut(nodes, aDaemonSet({ ...rolling(0, 1), template: aTemplate({ tolerations }) }))
    expect(cluster.pods.size).toBe(5)
    cluster.putDaemonSet(withImage('image:2', rolling(0, 1)))
    const steps: Pair[] = []
    for (let step = 0; step < 6; step++) {
      steps.push(commanded(cluster))
      ready(cluster)
    }
    expect(steps).toEqual([
      [1, 1],
      [1, 1],
      [1, 1],
      [1, 1],
      [0, 1],
      [0, 0],
    ])
  })

  test('R05 a second update replaces what the first one broke, and nothing that is ready', () => {
    const cluster = rolledOut(plain(5), aDaemonSet(rolling(2)))
    cluster.putDaemonSet(withImage('image:2', rolling(2)))
    expect(commanded(cluster)).toEqual([2, 2])
    const survivors = readyNames(cluster)
    expect(survivors).toHaveLength(3)
    cluster.putDaemonSet(withImage('image:3', rolling(2)))
    expect(commanded(cluster)).toEqual([2, 2])
    expect(readyNames(cluster)).toEqual(survivors)
  })

  test('R06 however many updates come that never get ready, the budget holds', () => {
    const cluster = rolledOut(plain(20), aDaemonSet(rolling(10)))
    cluster.putDaemonSet(withImage('image:2', rolling(10)))
    expect(commanded(cluster)).toEqual([10, 10])
    const survivors = readyNames(cluster)
    for (const maxUnavailable of [9, 1, 5, 3, 8, 2, 7, 4, 6, 1]) {
      cluster.putDaemonSet(withImage(`image:3-${maxUnavailable}-${cluster.now}`, rolling(maxUnavailable)))
      cluster.pass(1)
      expect(commanded(cluster)).toEqual([10, 10])
      expect(readyNames(cluster)).toEqual(survivors)
    }
    cluster.putDaemonSet(withImage('image:last', rolling(11)))
    expect(commanded(cluster)).toEqual([11, 11])
    expect(readyNames(cluster)).toHaveLength(9)
  })

  test('R07 old pods that are not available go before any that is', () => {
    const pods = plain(100).map(({ name }, index) =>
      aPod(`pod-${index}`, {
        nodeName: name,
        labels: { app: 'ds', 'pod-template-generation': index < 12 ? '1' : '2' },
        ready: index < 10,
        readySince: index < 10 ? 0 : null,
      }),
    )
    const cluster = clusterOf(aDaemonSet({ ...rolling(10), templateGeneration: 2 }), pods, plain(100))
    cluster.kubelet = false
    expect(commanded(cluster)).toEqual([2, 2])
    expect([...cluster.pods.keys()].filter(name => name === 'pod-10' || name === 'pod-11')).toEqual([])
    expect(readyNames(cluster)).toHaveLength(10)
  })

  test('R10 another strategy alone replaces nothing', () => {
    const cluster = rolledOut(
      plain(5),
      aDaemonSet({ updateStrategy: { type: 'OnDelete', maxUnavailable: null, maxSurge: null } }),
    )
    cluster.putDaemonSet(aDaemonSet(rolling(3)))
    expect(commanded(cluster)).toEqual([0, 0])
  })

  test.each([
    ['R11e 50% of 2 is 1', 2, rolling('50%'), [1, 1]],
    ['R11h 50% of 3 is 2: rounded up', 3, rolling('50%'), [2, 2]],
    ['1% of 3 is 1, never 0', 3, rolling('1%'), [1, 1]],
    ['R11f surge of 50% of 2 is 1', 2, rolling(0, '50%'), [1, 0]],
    ['R11g surge of 100% of 2 is 2', 2, rolling(0, '100%'), [2, 0]],
  ] as const)('%s', (_what, nodes, strategy, expected) => {
    const cluster = rolledOut(plain(nodes), aDaemonSet(strategy))
    cluster.putDaemonSet(withImage('image:2', strategy))
    expect(commanded(cluster)).toEqual(expected)
  })
})

describe('several pods on a node with surge (spec §3.5)', () => {
  /** node-1 has a new pod of t100 and old ones of t50 and t60; there are 4 nodes, so 3 creations besides. */
  function crowded(options: { newReadySince: number | null; oldestIsReady: boolean; minReadySeconds?: number }) {
    const { newReadySince, oldestIsReady, minReadySeconds = 0 } = options
    const cluster = new FakeCluster()
    cluster.putDaemonSet(aDaemonSet({ ...rolling(0, 1), minReadySeconds }))
    cluster.run()
    const [revision] = [...cluster.revisions.values()]
    const hash = revision?.labels['controller-revision-hash'] ?? ''
    const pod = (name: string, createdAt: number, readySince: number | null, ofHash: string) =>
      aPod(name, {
        nodeName: 'node-1',
        createdAt,
        ready: readySince !== null,
        readySince,
        labels: { app: 'ds', 'controller-revision-hash': ofHash },
      })
    cluster.putPod(pod('new', 100, newReadySince === null ? null : cluster.now + newReadySince, hash))
    cluster.putPod(pod('t50', 50, oldestIsReady ? 0 : null, 'old'))
    cluster.putPod(pod('t60', 60, 0, 'old'))
    cluster.kubelet = false
    for (const node of plain(4)) cluster.putNode(node)
    return cluster
  }
  const left = (cluster: FakeCluster) =>
    [...cluster.pods.values()].filter(pod => pod.nodeName === 'node-1').map(pod => pod.name)

  test.each([
    [
      'U60 the new one is not ready: the older of the old stays',
      { newReadySince: null, oldestIsReady: true },
      [3, 1],
      ['new', 't50'],
    ],
    [
      'U62 the older of the old is not ready: both old ones go',
      { newReadySince: null, oldestIsReady: false },
      [3, 2],
      ['new'],
    ],
    [
      'U63 ready, but not for minReadySeconds',
      { newReadySince: -10_000, oldestIsReady: true, minReadySeconds: 15 },
      [3, 1],
      ['new', 't50'],
    ],
    [
      'U64 ready for long enough: both old ones go',
      { newReadySince: -20_000, oldestIsReady: true, minReadySeconds: 15 },
      [3, 2],
      ['new'],
    ],
  ] as const)('%s', (_what, options, expected, stays) => {
    const cluster = crowded(options)
    expect(commanded(cluster)).toEqual(expected)
    expect(left(cluster)).toEqual(stays)
  })
})
