import { applyDecision, createState, evolve, fingerprint } from '@rollcall/daemonset'
import { expect, test } from 'vitest'
import { troubled } from './support/faults.ts'
import type { Fleet } from './support/fleet.ts'
import { answersOf, eligibleNodes, nodesOf, readyOn, statusOf } from './support/roll-call.ts'
import { withFleet } from './support/with-fleet.ts'

/** The ledger of a cluster, folded anew: what the record says the state is. */
async function refolded({ store }: Fleet, cluster: string) {
  const state = createState(cluster)
  for await (const entry of store.readLedger(cluster)) {
    if (entry.kind === 'decision') applyDecision(state, entry.point)
    else expect(evolve(state, entry.event)).not.toBeNull()
  }
  return state
}

test('a DaemonSet answers on every node; nodes join and leave', async () => {
  const { time, fleet, east, apply, everywhere, doubles } = await withFleet()
  apply({ name: 'agent' })
  await everywhere('agent')
  east.addNode({ name: 'n7' })
  await everywhere('agent')
  east.removeNode('n3')
  await everywhere('agent')
  expect(nodesOf(east)).toEqual(['n1', 'n2', 'n4', 'n5', 'n6', 'n7'])
  await time.until('the status says so', () => statusOf(east, 'agent').numberReady === 6)
  expect(statusOf(east, 'agent')).toMatchObject({
    desiredNumberScheduled: 6,
    currentNumberScheduled: 6,
    numberAvailable: 6,
  })
  expect(doubles).toEqual([])
  await fleet.stop()
})

test('a rollout keeps to its budget, and undoing it restarts only what it changed', async () => {
  const { time, fleet, east, apply, everywhere, doubles } = await withFleet({}, 9)
  apply({ name: 'agent' })
  await everywhere('agent')
  const before = new Map(answersOf(east, 'agent').map(([node, pod]) => [node, pod.metadata.uid]))
  apply({ name: 'agent', image: 'registry/agent:2-bad' })
  await time.until('two nodes have lost their pod', () => readyOn(east, 'agent').length === 7)
  // It goes no further, however long one waits.
  await time.advance(900_000)
  expect(readyOn(east, 'agent', 'registry/agent:1')).toHaveLength(7)
  apply({ name: 'agent', image: 'registry/agent:1' })
  await everywhere('agent', 'registry/agent:1')
  const kept = answersOf(east, 'agent').filter(([node, pod]) => before.get(node) === pod.metadata.uid)
  expect(kept).toHaveLength(7)
  apply({ name: 'agent', image: 'registry/agent:3' })
  let fewest = 9
  east.store.watch('pods', east.store.resourceVersion(), () => {
    fewest = Math.min(fewest, readyOn(east, 'agent').length)
  })
  await everywhere('agent', 'registry/agent:3')
  expect(fewest).toBe(7)
  expect(doubles).toEqual([])
  await fleet.stop()
})

test('taints, labels and unready nodes: exactly the nodes that should answer do', async () => {
  const { fleet, east, apply, answersOn, everywhere, doubles } = await withFleet()
  apply({ name: 'agent' })
  apply({ name: 'ssd', nodeSelector: { ssd: 'true' } })
  await everywhere('agent')
  east.labelNode('n1', { ssd: 'true' })
  east.labelNode('n2', { ssd: 'true' })
  await answersOn('on two nodes', () => ['n1', 'n2'], 'ssd')
  east.labelNode('n1', { ssd: 'True' })
  await answersOn('on one node', () => ['n2'], 'ssd')
  east.taint('n4', { key: 'team', value: 'a', effect: 'NoExecute' })
  await answersOn('on five nodes', () => eligibleNodes(east), 'agent')
  expect(readyOn(east, 'agent')).not.toContain('n4')
  east.cordon('n5')
  east.setNodeReady('n6', false)
  await answersOn('where nodes are ready', () => ['n1', 'n2', 'n3', 'n5'], 'agent')
  east.setNodeReady('n6', true)
  east.untaint('n4', 'team')
  await everywhere('agent')
  expect(doubles).toEqual([])
  await fleet.stop()
})

test('failed, evicted and killed pods are replaced; a template with surge starts the new pod first', async () => {
  const { time, fleet, east, apply, everywhere } = await withFleet()
  apply({ name: 'agent' })
  await everywhere('agent')
  const names = answersOf(east, 'agent').map(([, pod]) => pod.metadata.name)
  const [failed = '', evicted = '', killed = ''] = names
  east.failPod('default', failed)
  east.evict('default', evicted)
  east.killPod('default', killed)
  await time.until('all three are gone', () =>
    [failed, evicted, killed].every(name => east.store.find('pods', 'default', name) === null),
  )
  await everywhere('agent')
  const surge = { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: 2 } }
  apply({ name: 'agent', image: 'registry/agent:2', updateStrategy: surge })
  let fewest = 6
  east.store.watch('pods', east.store.resourceVersion(), () => {
    fewest = Math.min(fewest, readyOn(east, 'agent').length)
  })
  await everywhere('agent', 'registry/agent:2')
  expect(fewest).toBe(6)
  await fleet.stop()
})

test('a DaemonSet that is deleted takes its pods and revisions with it; orphaned ones are adopted again', async () => {
  const { time, fleet, east, apply, everywhere, doubles } = await withFleet()
  apply({ name: 'agent' })
  await everywhere('agent')
  const uids = answersOf(east, 'agent')
    .map(([, pod]) => pod.metadata.uid)
    .sort()
  east.store.delete('daemonsets', 'default', 'agent', { propagationPolicy: 'Orphan' })
  await time.until('the DaemonSet is gone', () => east.store.find('daemonsets', 'default', 'agent') === null)
  apply({ name: 'agent' })
  await everywhere('agent')
  expect(
    answersOf(east, 'agent')
      .map(([, pod]) => pod.metadata.uid)
      .sort(),
  ).toEqual(uids)
  east.store.delete('daemonsets', 'default', 'agent', { propagationPolicy: 'Foreground' })
  const isEmpty = () =>
    (['daemonsets', 'pods', 'controllerrevisions'] as const).every(it => east.store.list(it, 'default').length === 0)
  await time.until('nothing is left', isEmpty)
  expect(doubles).toEqual([])
  await fleet.stop()
})

test('services stop and start again, one after the other, and nothing is lost or done twice', async () => {
  const { time, fleet, east, apply, everywhere, doubles } = await withFleet()
  apply({ name: 'agent' })
  await everywhere('agent')
  await fleet.stopWatcher()
  east.addNode({ name: 'n7' })
  east.removeNode('n1')
  await time.advance(120_000)
  fleet.startWatcher()
  await everywhere('agent')
  await fleet.stopReconciler()
  apply({ name: 'agent', image: 'registry/agent:2' })
  await time.advance(60_000)
  await fleet.startReconciler()
  await time.until('the rollout has begun', () => readyOn(east, 'agent', 'registry/agent:2').length > 0)
  await fleet.stopExecutor()
  east.addNode({ name: 'n8' })
  await time.advance(60_000)
  await fleet.startExecutor()
  await everywhere('agent', 'registry/agent:2')
  expect(doubles).toEqual([])
  expect(fingerprint(await refolded(fleet, 'east'))).toMatch(/^[0-9a-f]+$/)
  await fleet.stop()
})

test.each(['one', 'two', 'three'])(
  'an API server full of faults (seed %s): the roll call is complete all the same',
  async seed => {
    const clusters = [
      { name: 'east', faults: troubled },
      { name: 'west', faults: troubled },
    ]
    const { time, fleet, east, apply, everywhere, doubles } = await withFleet({ seed, clusters })
    apply({ name: 'agent' })
    apply({ name: 'other' })
    await everywhere('agent')
    east.addNode({ name: 'n7' })
    east.removeNode('n2')
    apply({ name: 'agent', image: 'registry/agent:2' })
    await time.advance(7_000)
    east.faults.cutWatches()
    east.store.compact()
    apply({ name: 'agent', image: 'registry/agent:3' })
    await everywhere('agent', 'registry/agent:3')
    await everywhere('other')
    expect(doubles).toEqual([])
    expect(fleet.complaints()).toEqual([])
    await fleet.stop()
  },
)

/** Everything a fleet did, in words: both ledger and cluster. */
async function historyOf(seed: string): Promise<string> {
  const clusters = [{ name: 'east', faults: troubled }]
  const { fleet, east, apply, everywhere } = await withFleet({ seed, clusters })
  const lines: string[] = []
  for (const resource of ['pods', 'nodes', 'daemonsets', 'controllerrevisions', 'events'] as const) {
    east.store.watch(resource, '0', ({ type, object }) => lines.push(`${type} ${JSON.stringify(object)}`))
  }
  apply({ name: 'agent' })
  await everywhere('agent')
  apply({ name: 'agent', image: 'registry/agent:2' })
  await everywhere('agent', 'registry/agent:2')
  await fleet.stop()
  for await (const entry of fleet.store.readLedger('east')) lines.push(JSON.stringify(entry))
  return lines.join('\n')
}

test('one seed gives one history of the whole fleet, faults and all', async () => {
  const history = await historyOf('a')
  expect(await historyOf('a')).toBe(history)
  expect(await historyOf('b')).not.toBe(history)
})
