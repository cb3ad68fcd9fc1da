import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ApiStatusError, type ResourceName } from '../objects/object-store.ts'
import { createSimulatedCluster, type SimulatedCluster } from './simulated-cluster.ts'
import { podDraft } from './testing/world.ts'
import { createVirtualTime } from './time/virtual-time.ts'

const watched: readonly ResourceName[] = ['nodes', 'pods', 'events', 'leases', 'namespaces', 'serviceaccounts']
const nodes = ['n1', 'n2', 'n3'] as const
const pods = ['p1', 'p2', 'p3', 'p4'] as const

/** One thing done to a cluster, and how long nothing is done afterwards. */
type Deed = { readonly do: keyof typeof deeds; readonly on: number; readonly waitMs: number }

const deeds = {
  addNode: (cluster: SimulatedCluster, on: number) => cluster.addNode({ name: node(on), zone: `z${on % 2}` }),
  removeNode: (cluster: SimulatedCluster, on: number) => cluster.removeNode(node(on)),
  silence: (cluster: SimulatedCluster, on: number) => cluster.setNodeSilent(node(on), true),
  speak: (cluster: SimulatedCluster, on: number) => cluster.setNodeSilent(node(on), false),
  notReady: (cluster: SimulatedCluster, on: number) => cluster.setNodeReady(node(on), false),
  ready: (cluster: SimulatedCluster, on: number) => cluster.setNodeReady(node(on), true),
  cordon: (cluster: SimulatedCluster, on: number) => cluster.cordon(node(on), on % 2 === 0),
  drain: (cluster: SimulatedCluster, on: number) => cluster.drain(node(on)),
  pressure: (cluster: SimulatedCluster, on: number) => cluster.setPressure(node(on), 'MemoryPressure', on % 2 === 0),
  taint: (cluster: SimulatedCluster, on: number) => cluster.taint(node(on), { key: 'k', effect: 'NoExecute' }),
  untaint: (cluster: SimulatedCluster, on: number) => cluster.untaint(node(on), 'k'),
  createPod: (cluster: SimulatedCluster, on: number) =>
    cluster.store.create('pods', 'default', podDraft(pod(on), on % 3 === 0 ? null : node(on), { image: imageOf(on) })),
  killPod: (cluster: SimulatedCluster, on: number) => cluster.killPod('default', pod(on)),
  removePod: (cluster: SimulatedCluster, on: number) => cluster.killPod('default', pod(on), 0),
  failPod: (cluster: SimulatedCluster, on: number) => cluster.failPod('default', pod(on)),
  evict: (cluster: SimulatedCluster, on: number) => cluster.evict('default', pod(on)),
  crashLoop: (cluster: SimulatedCluster, on: number) => cluster.crashLoop('default', pod(on), on % 2 === 0),
  unready: (cluster: SimulatedCluster, on: number) => cluster.setPodUnready('default', pod(on), on % 2 === 0),
}

const node = (on: number) => nodes[on % nodes.length] ?? 'n1'
const pod = (on: number) => pods[on % pods.length] ?? 'p1'
const imageOf = (on: number) => ['app:1', 'app:bad', 'app:crash'][on % 3] ?? 'app:1'

/** Nodes and pods that are not there, or are there already. */
function isRefusal(error: unknown): boolean {
  return error instanceof ApiStatusError || error instanceof RangeError
}

/** Every change of every resource, as text. */
async function historyOf(seed: string, script: readonly Deed[]): Promise<string> {
  const time = createVirtualTime()
  const cluster = createSimulatedCluster({ name: 'c', seed, ...time })
  const lines: string[] = []
  for (const resource of watched) {
    cluster.store.watch(resource, '0', ({ type, object }) => lines.push(`${type} ${JSON.stringify(object)}`))
  }
  cluster.start()
  for (const name of nodes) cluster.addNode({ name })
  for (const deed of script) {
    try {
      deeds[deed.do](cluster, deed.on)
    } catch (error) {
      if (!isRefusal(error)) throw error
      lines.push(`refused ${(error as Error).message}`)
    }
    await time.advance(deed.waitMs)
  }
  await time.advance(120_000)
  cluster.stop()
  return lines.join('\n')
}

const script = fc.array(
  fc.record({
    do: fc.constantFrom(...(Object.keys(deeds) as (keyof typeof deeds)[])),
    on: fc.nat(11),
    waitMs: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 5_000 }), fc.integer({ min: 5_000, max: 100_000 })),
  }),
  { maxLength: 25 },
)

test('the same seed and the same deeds give the same history, byte for byte', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ maxLength: 8 }), script, async (seed, deedsDone) => {
      expect(await historyOf(seed, deedsDone)).toBe(await historyOf(seed, deedsDone))
    }),
    { numRuns: 40 },
  )
})

test('another seed gives another history', async () => {
  const deedsDone: Deed[] = [{ do: 'createPod', on: 1, waitMs: 10_000 }]
  expect(await historyOf('a', deedsDone)).not.toBe(await historyOf('b', deedsDone))
})

test('whatever is done, a quiet cluster comes to rest: no pod is left half way', async () => {
  await fc.assert(
    fc.asyncProperty(script, async deedsDone => {
      const time = createVirtualTime()
      const cluster = createSimulatedCluster({ name: 'c', seed: 's', ...time, settings: { eventTtlMs: 0 } })
      cluster.start()
      for (const name of nodes) cluster.addNode({ name })
      for (const deed of deedsDone) {
        try {
          deeds[deed.do](cluster, deed.on)
        } catch (error) {
          if (!isRefusal(error)) throw error
        }
        await time.advance(deed.waitMs)
      }
      // Whatever kubelet is silent speaks again; then nothing has a reason not to come to its end.
      for (const name of nodes) {
        try {
          cluster.setNodeSilent(name, false)
        } catch (error) {
          if (!isRefusal(error)) throw error
        }
      }
      await time.advance(600_000)
      for (const { metadata, spec, status } of cluster.store.list('pods', null)) {
        expect(metadata.deletionTimestamp).toBeUndefined()
        const { nodeName } = spec as { nodeName?: string }
        if (nodeName) expect(cluster.store.find('nodes', '', nodeName)).not.toBeNull()
        if (nodeName) expect((status as { startTime?: string }).startTime).toBeDefined()
      }
      cluster.stop()
    }),
    { numRuns: 60 },
  )
})
