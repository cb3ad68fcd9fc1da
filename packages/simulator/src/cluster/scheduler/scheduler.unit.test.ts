import { expect, test } from 'vitest'
import { thousandths } from '../../schema/quantity.ts'
import { conditionOf } from '../kinds.ts'
import { isReady, podDraft, podOf, told, worldOf } from '../testing/world.ts'

const asks = (cpu: string) => ({ resources: { requests: { cpu } } })
const whyNot = (message: string | undefined) => message?.split(' preemption:')[0]

test('a daemon pod goes to its node, and waits there when the node is full, with the real words', async () => {
  const { cluster, time, store } = await worldOf(3)
  store.create('pods', 'default', podDraft('a', 'n1', { container: asks('3') }))
  store.create('pods', 'default', podDraft('b', 'n1', { container: asks('2') }))
  await time.advance(1_000)
  expect(podOf(cluster, 'a').spec.nodeName).toBe('n1')
  const condition = conditionOf(podOf(cluster, 'b').status, 'PodScheduled')
  expect(condition).toMatchObject({ status: 'False', reason: 'Unschedulable' })
  expect(condition?.message).toBe(
    "0/3 nodes are available: 1 Insufficient cpu, 2 node(s) didn't satisfy plugin(s) [NodeAffinity]. preemption: 0/3 nodes are available: 1 No preemption victims found for incoming pod, 2 Preemption is not helpful for scheduling.",
  )
  expect(told(cluster, 'b')).toEqual([`FailedScheduling: ${condition?.message}`])
  cluster.killPod('default', 'a')
  await time.until('the other pod is ready', () => isReady(cluster, 'b'))
  expect(conditionOf(podOf(cluster, 'b').status, 'PodScheduled')?.status).toBe('True')
})

test('each reason in the words of its plugin', async () => {
  const { cluster, time, store } = await worldOf(6)
  cluster.cordon('n1')
  cluster.taint('n2', { key: 'team', value: 'a', effect: 'NoSchedule' })
  cluster.labelNode('n3', { disk: 'ssd' })
  store.create(
    'pods',
    'default',
    podDraft('port', 'n4', { container: { ports: [{ containerPort: 80, hostPort: 80 }] } }),
  )
  await time.advance(1_000)
  const spec = { nodeSelector: { disk: 'ssd' } }
  store.create('pods', 'default', podDraft('p', null, { spec, container: asks('9') }))
  await time.advance(1_000)
  expect(whyNot(conditionOf(podOf(cluster, 'p').status, 'PodScheduled')?.message)).toBe(
    "0/6 nodes are available: 1 Insufficient cpu, 1 node(s) had untolerated taint(s), 1 node(s) were unschedulable, 3 node(s) didn't match Pod's node affinity/selector.",
  )
  store.create('pods', 'default', podDraft('q', 'n4', { container: { ports: [{ containerPort: 80, hostPort: 80 }] } }))
  await time.advance(1_000)
  expect(conditionOf(podOf(cluster, 'q').status, 'PodScheduled')?.message).toContain(
    "1 node(s) didn't have free ports for the requested pod ports",
  )
})

test('extended resources are counted', async () => {
  const { cluster, time, store } = await worldOf(0)
  cluster.addNode({ name: 'gpu', capacity: { 'nvidia.com/gpu': '1' } })
  const container = { resources: { limits: { 'nvidia.com/gpu': '1' }, requests: { 'nvidia.com/gpu': '1' } } }
  store.create('pods', 'default', podDraft('a', 'gpu', { container }))
  await time.until('the pod is ready', () => isReady(cluster, 'a'))
  store.create('pods', 'default', podDraft('b', 'gpu', { container }))
  await time.advance(1_000)
  expect(conditionOf(podOf(cluster, 'b').status, 'PodScheduled')?.message).toContain('1 Insufficient nvidia.com/gpu')
})

test('a pod waits for its taint to go, for its node to come, and for its gates to open', async () => {
  const { cluster, time, store } = await worldOf(1)
  cluster.taint('n1', { key: 'x', effect: 'NoSchedule' })
  store.create('pods', 'default', podDraft('tainted', 'n1'))
  store.create('pods', 'default', podDraft('early', 'n2'))
  store.create('pods', 'default', podDraft('gated', 'n1', { spec: { schedulingGates: [{ name: 'g' }] } }))
  store.create('pods', 'default', podDraft('other', 'n1', { spec: { schedulerName: 'mine' } }))
  await time.advance(5_000)
  expect(['tainted', 'early', 'gated', 'other'].map(name => podOf(cluster, name).spec.nodeName ?? null)).toEqual([
    null,
    null,
    null,
    null,
  ])
  cluster.untaint('n1', 'x')
  cluster.addNode({ name: 'n2' })
  store.change('pods', 'default', 'gated', pod => ({
    ...pod,
    spec: { ...(pod.spec as object), schedulingGates: [] } as never,
  }))
  await time.until('three are ready', () => ['tainted', 'early', 'gated'].every(name => isReady(cluster, name)))
  expect(podOf(cluster, 'other').spec.nodeName).toBeUndefined()
})

test('plain pods spread over the nodes', async () => {
  const { cluster, time, store } = await worldOf(4)
  for (let number = 0; number < 8; number++)
    store.create('pods', 'default', podDraft(`p${number}`, null, { container: asks('1') }))
  await time.advance(1_000)
  const nodes = Array.from({ length: 8 }, (_, number) => podOf(cluster, `p${number}`).spec.nodeName).sort()
  expect(nodes).toEqual(['n1', 'n1', 'n2', 'n2', 'n3', 'n3', 'n4', 'n4'])
})

test.each([
  ['100m', 100],
  ['2', 2_000],
  ['0.1', 100],
  ['1.5Gi', 1.5 * 2 ** 30 * 1000],
  ['1e3', 1_000_000],
  ['16384Mi', 16 * 2 ** 30 * 1000],
  ['1n', 1],
])('%s is %d thousandths', (quantity, amount) => {
  expect(thousandths(quantity)).toBe(amount)
})

test('what is no quantity is refused with an example', () => {
  expect(() => thousandths('1 GB')).toThrow('"1 GB" is no quantity: write for example 500m, 2, 1.5Gi or 1e3')
})
