import type { Event, NodeFacts } from '@rollcall/contracts'
import { describe, expect, test } from 'vitest'
import { evolve, needsDecision } from '../index.ts'
import { FakeCluster } from '../testing/fake-cluster.ts'
import { aDaemonSet, aNode, aPod } from '../testing/objects.ts'

/** One node with its pod, all settled. */
function settled(): FakeCluster {
  const cluster = new FakeCluster()
  cluster.putNode(aNode('n0'))
  cluster.putDaemonSet(aDaemonSet())
  cluster.run()
  cluster.pass(1000)
  cluster.run()
  return cluster
}

describe('what has gone', () => {
  test('does not come back when the watch tells it again: no live pod is taken for its duplicate', () => {
    const cluster = settled()
    const from = cluster.told.length
    cluster.putPod(aPod('brief', { nodeName: 'n0', owner: null, labels: { app: 'other' } }))
    cluster.dropPod('brief')
    cluster.run()
    const before = cluster.state.position
    for (const event of cluster.told.slice(from)) {
      expect(evolve(cluster.state, event)).toBeNull()
      expect([...cluster.state.pods.keys()]).not.toContain('default/brief')
    }
    expect(cluster.state.position).toBe(before)
  })

  test('a node that is told again after its end gets no pod', () => {
    const cluster = settled()
    cluster.putNode(aNode('late'))
    const joined = cluster.watch.at(-1) as Event
    cluster.dropNode('late')
    cluster.run()
    expect(evolve(cluster.state, joined)).toBeNull()
    expect(needsDecision(cluster.state)).toBe(false)
  })

  test('does exist after all when a list names it', () => {
    const cluster = settled()
    cluster.putNode(aNode('late'))
    const { uid } = cluster.nodes.get('late') as NodeFacts
    cluster.watch.length = 0
    // Later things were told, so the watch had passed it over.
    cluster.putNode(aNode('later'))
    cluster.run()
    expect(cluster.state.nodes.has('late')).toBe(false)
    cluster.relist()
    cluster.run()
    expect(cluster.state.nodes.get('late')?.uid).toBe(uid)
  })

  test('by a list that was told again, nothing is known: neither what it named nor what it left out', () => {
    const cluster = settled()
    const from = cluster.told.length
    cluster.putNode(aNode('brief'))
    cluster.relist()
    cluster.run()
    cluster.dropNode('brief')
    cluster.run()
    for (const event of cluster.told.slice(from)) expect(evolve(cluster.state, event)).toBeNull()
    expect([...cluster.state.nodes.keys()]).toEqual(['n0'])
  })
})

test('the outcome of a creation that a list has overtaken raises no pod: the node gets another one', () => {
  const cluster = new FakeCluster()
  cluster.putNode(aNode('n0'))
  cluster.putDaemonSet(aDaemonSet())
  while (!cluster.commands.some(({ type }) => type === 'CreatePod')) {
    while (cluster.deliver());
    cluster.execute()
  }
  // Created and lost again, and nobody watched.
  const [lost] = [...cluster.pods.keys()]
  cluster.watch.length = 0
  cluster.pods.clear()
  cluster.version += 10
  cluster.relist()
  while (cluster.deliver(true, 'watch'));
  cluster.run()
  cluster.pass(1000)
  cluster.run()
  expect([...cluster.pods.values()].map(({ nodeName }) => nodeName)).toEqual(['n0'])
  expect([...cluster.state.pods.keys()]).not.toContain(`default/${lost}`)
})

test('after resourceVersions went back, lower ones are news', () => {
  const cluster = settled()
  cluster.putNode(aNode('n1'))
  cluster.dropNode('n1')
  cluster.run()
  cluster.version = 5
  const at = cluster.now
  const list = { cluster: 'test', at, kind: 'Node', relist: 'restored' } as const
  cluster.fold({ type: 'RelistStarted', ...list, historyReset: true })
  cluster.fold({ type: 'RelistListed', ...list, objects: [{ namespace: '', name: 'n0', uid: 'uid-n0' }] })
  cluster.fold({ type: 'RelistCompleted', ...list, resourceVersion: '5' })
  cluster.putNode(aNode('n1'))
  cluster.run()
  expect(cluster.state.nodes.get('n1')?.resourceVersion).toBe('6')
})
