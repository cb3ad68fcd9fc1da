import { expect, test } from 'vitest'
import { FakeCluster } from '../testing/fake-cluster.ts'
import { aDaemonSet, aNode, aTemplate } from '../testing/objects.ts'

test('a node that is cordoned or drained concerns those DaemonSets alone that ask for it', () => {
  const cluster = new FakeCluster()
  cluster.putNode(aNode('n0'))
  const named = (name: string, annotations: Record<string, string>) =>
    aDaemonSet({
      name,
      uid: `uid-${name}`,
      annotations,
      selector: { matchLabels: { app: name }, matchExpressions: [] },
      template: aTemplate({ labels: { app: name } }),
    })
  cluster.putDaemonSet(named('plain', {}))
  cluster.putDaemonSet(named('asking', { 'rollcall.dev/hold-creation-on': 'cordon' }))
  cluster.run()
  cluster.putNode(aNode('n0', { unschedulable: true }))
  while (cluster.deliver(false));
  const dirty = (name: string) => cluster.state.daemonSets.get(`uid-${name}`)?.dirty.size
  expect([dirty('plain'), dirty('asking')]).toEqual([0, 1])
})
