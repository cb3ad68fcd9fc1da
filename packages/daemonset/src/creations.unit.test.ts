import type { Command } from '@rollcall/contracts'
import { expect, test } from 'vitest'
import { FakeCluster } from './testing/fake-cluster.ts'
import { aDaemonSet, aNode, aTemplate } from './testing/objects.ts'

const forbidden = { result: 'refused', code: 403, reason: 'Forbidden', cause: '' } as const
const creations = (commands: readonly Command[]) =>
  commands.flatMap(command => (command.type === 'CreatePod' ? [command.node] : []))
const decisions = (cluster: FakeCluster) =>
  cluster.log.reduce((sum, { point }) => sum + (point?.decisions.length ?? 0), 0)

function refusing(nodes: number, isRefused: (node: string) => boolean): FakeCluster {
  const cluster = new FakeCluster()
  for (let index = 0; index < nodes; index++) cluster.putNode(aNode(`n${String(index).padStart(3, '0')}`))
  cluster.refuse = command => (command.type === 'CreatePod' && isRefused(command.node) ? forbidden : null)
  cluster.putDaemonSet(aDaemonSet())
  return cluster
}

test('when all are refused, one tries after 1 s, 2 s, 4 s up to 5 min, and the others cost nothing meanwhile', () => {
  const cluster = refusing(100, () => true)
  expect(creations(cluster.run())).toHaveLength(100)
  const before = decisions(cluster)
  const tries: number[] = []
  const start = cluster.now
  for (let second = 1; second <= 900; second++) {
    cluster.pass(1000)
    const tried = creations(cluster.run()).length
    expect(tried).toBeLessThanOrEqual(1)
    if (tried > 0) tries.push((cluster.now - start) / 1000)
  }
  expect(tries).toEqual([1, 3, 7, 15, 31, 63, 127, 255, 511, 811])
  expect(decisions(cluster) - before).toBeLessThanOrEqual(3 * tries.length)
})

test('why a node waits is on record: how often the DaemonSet was refused, and until when', () => {
  const cluster = refusing(2, () => true)
  cluster.run()
  const waits = cluster.log.flatMap(({ point }) => point?.decisions ?? []).filter(({ action }) => action === 'wait')
  expect(waits.map(({ node, reason }) => [node, reason])).toEqual(
    ['n000', 'n001'].map(node => [
      node,
      { rule: 'creation-refused-lately', source: '§3.6', facts: { refusals: 1, until: cluster.now + 1000 } },
    ]),
  )
})

test('when they are allowed again, one tries, and successes let ever more try at a time', () => {
  const cluster = refusing(20, () => true)
  cluster.run()
  cluster.refuse = null
  cluster.pass(1000)
  const placed: number[] = [0]
  while (cluster.pods.size < 20) {
    while (cluster.deliver());
    cluster.execute()
    placed.push(cluster.pods.size)
    expect(placed.at(-1)).toBeLessThanOrEqual(2 * (placed.at(-2) ?? 0) + 1)
  }
  expect(placed.length).toBeLessThanOrEqual(8)
  cluster.run()
  expect(cluster.state.daemonSets.get('uid-ds')?.creationHold).toBeNull()
})

test('one node that is refused holds the others a moment only, and waits longer and longer by itself', () => {
  const cluster = refusing(10, node => node === 'n000')
  cluster.run()
  for (let second = 0; second < 10; second++) {
    cluster.pass(1000)
    cluster.run()
  }
  expect([...cluster.pods.values()].map(({ nodeName }) => nodeName)).toHaveLength(9)
  const before = cluster.commands.length
  cluster.pass(1000)
  cluster.run()
  expect(creations(cluster.commands.slice(before))).toEqual([])
  cluster.refuse = null
  cluster.pass(300_000)
  cluster.run()
  expect(cluster.pods.size).toBe(10)
})

test('a namespace that is going away is asked every five minutes', () => {
  const cluster = refusing(3, () => true)
  cluster.refuse = ({ type }) => (type === 'CreatePod' ? { ...forbidden, cause: 'NamespaceTerminating' } : null)
  cluster.run()
  cluster.pass(299_000)
  expect(creations(cluster.run())).toEqual([])
  cluster.pass(1000)
  expect(creations(cluster.run())).toHaveLength(1)
})

test('a new template is tried at once: what was refused was the old one', () => {
  const cluster = refusing(3, () => true)
  cluster.run()
  cluster.refuse = null
  cluster.putDaemonSet(aDaemonSet({ template: aTemplate({ images: ['image:2'] }) }))
  expect(creations(cluster.run())).toEqual(['n001', 'n002'])
  // The node that was refused itself waits its second.
  cluster.pass(1000)
  expect(creations(cluster.run())).toEqual(['n000'])
})
