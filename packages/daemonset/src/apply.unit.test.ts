import type { DecisionPoint, Mark } from '@rollcall/contracts'
import { expect, test } from 'vitest'
import { applyDecision } from './index.ts'
import { FakeCluster } from './testing/fake-cluster.ts'
import { aDaemonSet, aNode } from './testing/objects.ts'

const marked = (state: FakeCluster['state'], mark: Mark): DecisionPoint => ({
  position: state.position,
  at: state.now,
  core: '5',
  decisions: [],
  commands: [],
  marks: [mark],
  wakeAt: null,
})

test.each([
  [{ kind: 'somethingNew', daemonSet: 'uid-ds' }, 'mark somethingNew'],
  [{ kind: 'wake', daemonSet: 'uid-ds', node: null, at: 'soon' }, 'mark wake'],
  [{ kind: 'rollout', daemonSet: 'uid-ds', rollout: { held: 1 } }, 'mark rollout'],
])('a mark that cannot be read is not passed over: %o', (mark, said) => {
  const cluster = new FakeCluster()
  cluster.putNode(aNode('n0'))
  cluster.putDaemonSet(aDaemonSet())
  cluster.run()
  const { state } = cluster
  expect(() => applyDecision(state, marked(state, mark as Mark))).toThrow(
    `${said} at position ${state.position} of stream test cannot be read`,
  )
})
