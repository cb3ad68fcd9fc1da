import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type ControlPlane, processUsage, startControlPlane } from '@rollcall/infra'
import { PodObserver } from './observer.ts'
import { startServices } from './services.ts'
import { manifest } from './workload.ts'

/**
 * How long it takes until a new DaemonSet has a pod object on each of N nodes, until all are replaced at maxUnavailable
 * 100%, and until a joining node has the pods of 50 DaemonSets: the built-in controller with Kubernetes' default client
 * limits, the built-in without limits, and Rollcall; each on an identical control plane of its own, one after the other.
 */
const { values } = parseArgs({
  args: process.argv.slice(3),
  options: {
    nodes: { type: 'string', default: '1000' },
    daemonsets: { type: 'string', default: '50' },
    sides: { type: 'string', default: 'built-in-defaults,built-in-unlimited,rollcall' },
    json: { type: 'string' },
  },
})
const nodes = Number(values.nodes)
const daemonSets = Number(values.daemonsets)
const limitMs = 20 * 60_000

type Usage = { readonly process: string; readonly cpuSeconds: number; readonly memoryPeakMb: number }
type Side = {
  readonly side: string
  readonly placeMs: number
  readonly rolloutMs: number
  readonly joinMs: number
  readonly usage: readonly Usage[]
}

async function measure(side: string): Promise<Side> {
  const say = (line: string) => console.error(`  ${side}: ${line}`)
  const dir = mkdtempSync(join(tmpdir(), 'rollcall-bench-'))
  const builtIn = side !== 'rollcall'
  say('starts its control plane')
  const plane = await startControlPlane({
    name: side,
    dir: join(dir, 'plane'),
    daemonSetController: builtIn,
    daemonSetControllerDefaults: side === 'built-in-defaults',
    controllerManagerQps: 0,
  })
  const rollcall = builtIn ? null : await startServices(join(dir, 'rollcall'), plane.kubeconfig)
  const observer = new PodObserver(plane.kubeconfig)
  try {
    say(`adds ${nodes} nodes`)
    await plane.addNodes(nodes)

    let started = Date.now()
    await plane.kubectl(['create', '-f', '-'], manifest('one', 'image:1'))
    const placeMs = await observer.until(() => observer.nodesWith() === nodes, started, limitMs, 'a pod on every node')
    say(`a pod object on each of ${nodes} nodes after ${seconds(placeMs)}`)
    await plane.kubectl(['rollout', 'status', 'ds/one', '--timeout=20m'])

    started = Date.now()
    await plane.kubectl(['apply', '--server-side', '--force-conflicts', '-f', '-'], manifest('one', 'image:2'))
    const rolloutMs = await observer.until(
      () => observer.nodesWith('image:2') === nodes,
      started,
      limitMs,
      'the rollout',
    )
    say(`rolled out after ${seconds(rolloutMs)}`)
    await plane.kubectl(['rollout', 'status', 'ds/one', '--timeout=20m'])
    await plane.kubectl(['delete', 'ds', 'one', '--wait=false'])
    await observer.until(() => observer.live.size === 0, Date.now(), limitMs, 'the pods gone')

    const items = Array.from({ length: daemonSets }, (_, index) => manifest(`of-${index}`, 'image:1', { pool: 'late' }))
    await plane.kubectl(['create', '-f', '-'], { apiVersion: 'v1', kind: 'List', items })
    await plane.addNodes(['warm-up'], { labels: { pool: 'late' } })
    await observer.until(() => observer.podsOn('warm-up') === daemonSets, Date.now(), limitMs, 'the warm-up node')
    started = Date.now()
    const joining = plane.addNodes(['late'], { labels: { pool: 'late' } })
    const joinMs = await observer.until(
      () => observer.podsOn('late') === daemonSets,
      started,
      limitMs,
      'the joining node',
    )
    await joining
    say(`a joining node has its ${daemonSets} pods after ${seconds(joinMs)}`)
    return { side, placeMs, rolloutMs, joinMs, usage: usageOf(plane, rollcall?.pids ?? {}) }
  } finally {
    await observer.close()
    await rollcall?.stop()
    await plane.stop()
    rmSync(dir, { recursive: true, force: true })
  }
}

function usageOf(plane: ControlPlane, others: Readonly<Record<string, number>>): Usage[] {
  const planePids = Object.entries(plane.components).flatMap(([name, part]) =>
    part ? [[name, part.pid] as const] : [],
  )
  return [...planePids, ...Object.entries(others)].flatMap(([name, pid]) => {
    const usage = processUsage(pid)
    return usage
      ? [{ process: name, cpuSeconds: usage.cpuMs / 1000, memoryPeakMb: Math.round(usage.memoryPeakBytes / 2 ** 20) }]
      : []
  })
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`
const measures = [
  ['placeMs', `create → a pod object on each of ${nodes} nodes`],
  ['rolloutMs', `full rollout at maxUnavailable 100%, ${nodes} nodes`],
  ['joinMs', `a joining node has the pods of ${daemonSets} DaemonSets`],
] as const

const sides: Side[] = []
for (const side of values.sides.split(',')) sides.push(await measure(side))

const width = Math.max(...measures.map(([, title]) => title.length))
console.log(['measure'.padEnd(width), ...sides.map(({ side }) => side.padStart(20))].join(''))
for (const [key, title] of measures)
  console.log([title.padEnd(width), ...sides.map(side => seconds(side[key]).padStart(20))].join(''))
console.log('\nCPU seconds and peak memory (MB) of each process, from its start to the end of the bench')
for (const { side, usage } of sides) {
  for (const { process, cpuSeconds, memoryPeakMb } of usage) {
    console.log(
      `${side.padEnd(20)}${process.padEnd(22)}${cpuSeconds.toFixed(1).padStart(8)} s${String(memoryPeakMb).padStart(8)} MB`,
    )
  }
}

if (values.json) {
  const own = sides.find(({ side }) => side === 'rollcall')
  const ratios = measures.map(([key, title]) => ({
    measure: key,
    title,
    ms: Object.fromEntries(sides.map(side => [side.side, side[key]])),
    ratioToRollcall: own ? Object.fromEntries(sides.map(side => [side.side, side[key] / own[key]])) : null,
  }))
  writeFileSync(
    values.json,
    `${JSON.stringify({ nodes, daemonSets, measures: ratios, usage: sides.map(({ side, usage }) => ({ side, usage })) }, null, 2)}\n`,
  )
}
