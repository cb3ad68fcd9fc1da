import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { createVirtualTime, type KubeObject } from '@rollcall/simulator'
import { startFleet } from '../simulation/support/fleet.ts'
import { isReady } from '../simulation/support/roll-call.ts'
import { manifest } from './workload.ts'

/**
 * How fast a fleet runs under virtual time: a simulated cluster with its nodes, and the real watcher, reconciler and
 * executor, all in this process and in memory. From the creation of the DaemonSets until every pod is ready and every
 * DaemonSet's status says so; then one of them rolls out.
 */
const { values } = parseArgs({
  args: process.argv.slice(3),
  options: {
    nodes: { type: 'string', default: '10000' },
    daemonsets: { type: 'string', default: '5' },
    json: { type: 'string' },
  },
})
const nodes = Number(values.nodes)
const daemonSets = Number(values.daemonsets)

const time = createVirtualTime()
const fleet = await startFleet({
  time,
  seed: 'bench',
  // Otherwise a gigabyte of records that nobody will read again.
  isForgetful: true,
  // A snapshot of all this takes a second of real time and none of virtual time: the limit on its share cannot hold.
  reconciler: { snapshotEvery: 10_000_000 },
  clusters: [
    // At ten thousand nodes, leases and Events would be most of the work; every other part runs as it always does.
    { name: 'big', settings: { leaseMs: 60_000, nodeGraceMs: 300_000, eventTtlMs: 0 } },
  ],
})
const big = fleet.cluster('big')
const ready = new Map<string, string>()
big.store.watch('pods', big.store.resourceVersion(), ({ type, object }) => {
  if (type !== 'DELETED' && isReady(object)) ready.set(object.metadata.uid, imageOf(object))
  else ready.delete(object.metadata.uid)
})

const measured: Record<string, { wallMs: number; cpuMs: number; virtualMs: number }> = {}
async function measure(what: string, isSo: () => boolean): Promise<void> {
  const started = performance.now()
  const cpu = process.cpuUsage()
  const virtualMs = await time.until(what, isSo, 3_600_000)
  const { user, system } = process.cpuUsage(cpu)
  measured[what] = {
    wallMs: Math.round(performance.now() - started),
    cpuMs: Math.round((user + system) / 1000),
    virtualMs,
  }
  const { heapUsed } = process.memoryUsage()
  console.error(
    `  ${what}: ${(performance.now() - started).toFixed(0)} ms, heap ${(heapUsed / 2 ** 20).toFixed(0)} MiB`,
  )
}

for (let number = 1; number <= nodes; number++) big.addNode({ name: `node-${number}`, zone: `zone-${number % 3}` })
await measure('nodes are ready', () => everyNode(big.store.list('nodes', null)))
const names = Array.from({ length: daemonSets }, (_, index) => `of-${index}`)
for (const name of names) big.apply('daemonsets', 'default', manifest(name, 'image:1'))
await measure('pods are ready', () => ready.size === nodes * daemonSets && names.every(isTold))
big.apply('daemonsets', 'default', manifest('of-0', 'image:2'))
await measure('one is rolled out', () => countOf('image:2') === nodes && isTold('of-0'))
await fleet.stop()

console.log(
  `${nodes} simulated nodes x ${daemonSets} DaemonSets, watcher, reconciler and executor in memory, one process`,
)
for (const [what, { wallMs, cpuMs, virtualMs }] of Object.entries(measured)) {
  console.log(`${what.padEnd(20)}${seconds(wallMs)} s  CPU ${seconds(cpuMs)} s  (virtual ${seconds(virtualMs)} s)`)
}
if (values.json) writeFileSync(values.json, `${JSON.stringify({ nodes, daemonSets, measured }, null, 2)}\n`)

function seconds(ms: number): string {
  return (ms / 1000).toFixed(1).padStart(6)
}

function everyNode(objects: readonly KubeObject[]): boolean {
  return objects.every(({ spec }) => ((spec as { taints?: readonly object[] }).taints ?? []).length === 0)
}

function imageOf({ spec }: KubeObject): string {
  return (spec as unknown as { containers: readonly { image: string }[] }).containers[0]?.image ?? ''
}

function countOf(image: string): number {
  let count = 0
  for (const other of ready.values()) if (other === image) count += 1
  return count
}

function isTold(name: string): boolean {
  const { status, metadata } = big.store.get('daemonsets', 'default', name)
  const told = (status ?? {}) as {
    numberReady?: number
    updatedNumberScheduled?: number
    observedGeneration?: number
  }
  return (
    told.numberReady === nodes &&
    told.updatedNumberScheduled === nodes &&
    told.observedGeneration === metadata.generation
  )
}
