import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startControlPlane } from '@rollcall/infra'
import { PodObserver } from './observer.ts'
import { startServices } from './services.ts'
import { manifest } from './workload.ts'

/**
 * How soon a reconciler that was restarted decides again: from the start of its process until a node, which joined while
 * there was none, has the pods of all DaemonSets. Once after SIGTERM, once after SIGKILL: then Kafka gives its partitions
 * away only when the dead member's session has ended (10 s), unless another reconciler stands by.
 */
const { values } = parseArgs({
  args: process.argv.slice(3),
  options: {
    nodes: { type: 'string', default: '1000' },
    daemonsets: { type: 'string', default: '10' },
    json: { type: 'string' },
  },
})
const nodes = Number(values.nodes)
const daemonSets = Number(values.daemonsets)
const limitMs = 20 * 60_000
const say = (line: string) => console.error(`  ${line}`)

const dir = mkdtempSync(join(tmpdir(), 'rollcall-bench-'))
say(`starts a control plane with ${nodes} nodes`)
const plane = await startControlPlane({ name: 'restart', dir: join(dir, 'plane'), controllerManagerQps: 0 })
const rollcall = await startServices(join(dir, 'rollcall'), plane.kubeconfig)
const observer = new PodObserver(plane.kubeconfig)
try {
  await plane.addNodes(nodes)
  const items = Array.from({ length: daemonSets }, (_, index) => manifest(`of-${index}`, 'image:1'))
  await plane.kubectl(['create', '-f', '-'], { apiVersion: 'v1', kind: 'List', items })
  const pods = nodes * daemonSets
  await observer.until(() => observer.live.size === pods, Date.now(), limitMs, `${pods} pods`)
  say(`${pods} pods are there`)

  const measured: Record<string, number> = {}
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    const reconciler = rollcall.services.find(({ name }) => name === 'reconciler')
    if (!reconciler) throw new Error('no reconciler was started')
    await reconciler.kill(signal)
    const node = `after-${signal.toLowerCase()}`
    await plane.addNodes([node])
    const started = Date.now()
    reconciler.start()
    const complete = () => observer.podsOn(node) === daemonSets
    measured[signal] = await observer.until(complete, started, limitMs, `the pods of ${node}`)
  }

  console.log(
    `reconciler restarted on ${nodes} nodes x ${daemonSets} DaemonSets: until a node that joined has its pods`,
  )
  for (const [signal, ms] of Object.entries(measured)) console.log(`after ${signal}  ${(ms / 1000).toFixed(2)} s`)
  if (values.json) writeFileSync(values.json, `${JSON.stringify({ nodes, daemonSets, ms: measured }, null, 2)}\n`)
} finally {
  await observer.close()
  await rollcall.stop()
  await plane.stop()
  rmSync(dir, { recursive: true, force: true })
}
