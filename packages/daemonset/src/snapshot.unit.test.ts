import { expect, test } from 'vitest'
import { fingerprint, restore, snapshotOf } from './index.ts'
import { FakeCluster } from './testing/fake-cluster.ts'
import { aDaemonSet, aNode } from './testing/objects.ts'

test('of another format it is refused: what another version kept is not guessed at', () => {
  const { state } = new FakeCluster()
  const snapshot = snapshotOf(state) as { format: number }
  for (const format of [1, 2, 3, snapshot.format + 1]) {
    expect(() => restore({ ...snapshot, format })).toThrow(
      `format ${format} is not known to this core: fold the ledger`,
    )
  }
})

test('taken while creations wait and one is tried, it restores to the same state, which decides the same', () => {
  const cluster = new FakeCluster()
  for (const name of ['n0', 'n1', 'n2']) cluster.putNode(aNode(name))
  cluster.refuse = ({ type }) =>
    type === 'CreatePod' ? { result: 'refused', code: 403, reason: 'Forbidden', cause: '' } : null
  cluster.putDaemonSet(aDaemonSet())
  cluster.run()
  cluster.pass(1000)
  while (cluster.deliver());
  const restored = restore(JSON.parse(JSON.stringify(snapshotOf(cluster.state))))
  expect(fingerprint(restored)).toBe(fingerprint(cluster.state))
  const tried = cluster.commands.length
  cluster.state = restored
  cluster.refuse = null
  cluster.run()
  const creations = cluster.commands.slice(tried).filter(({ type }) => type === 'CreatePod')
  expect(creations.map(command => ('node' in command ? command.node : null))).toEqual(['n2', 'n0'])
})
