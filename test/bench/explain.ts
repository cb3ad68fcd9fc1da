import { writeFileSync } from 'node:fs'
import { type Profiler, Session } from 'node:inspector/promises'
import { parseArgs } from 'node:util'
import { coreVersion } from '@rollcall/daemonset'
import { type Measure, tableOf } from './aims.ts'
import { createFleetRecord } from './fleet-record.ts'

/**
 * What reasons cost: the core places and rolls out DaemonSets, again and again, while a sampling profiler looks at what it
 * does. Time under the functions that make and record reasons, as a share of all of the core's time (folding, deciding,
 * applying): a core without reasons would save at most that.
 */
const { values } = parseArgs({
  args: process.argv.slice(3),
  options: {
    events: { type: 'string', default: '200000' },
    nodes: { type: 'string', default: '1000' },
    daemonsets: { type: 'string', default: '5' },
    json: { type: 'string' },
  },
})
const fleet = createFleetRecord({
  nodes: Number(values.nodes),
  daemonSets: Number(values.daemonsets),
  snapshotEvery: Number.POSITIVE_INFINITY,
  core: coreVersion,
  stepMs: 1_000,
})
/** Of the core: the doors it is entered by, and what makes and records reasons (packages/daemonset/src). */
const doors = new Set(['evolve', 'decide', 'applyDecision'])
const makers = new Set(['reason', 'why', 'record', 'recordAnew', 'gist'])

const warmUp = Number(values.events) / 4
run(warmUp)
const session = new Session()
session.connect()
await session.post('Profiler.enable')
await session.post('Profiler.setSamplingInterval', { interval: 200 })
await session.post('Profiler.start')
const { events, decisions } = run(warmUp + Number(values.events))
const { profile } = await session.post('Profiler.stop')
session.disconnect()

const core = timeUnder(profile, doors)
const reasons = timeUnder(profile, makers)
const measures: Measure[] = [
  { measure: 'reasons, of the core’s time', aim: { atMost: 5 }, found: (reasons / core) * 100, unit: '%' },
  { measure: 'the core', aim: null, found: core / events, unit: 'µs an event' },
  { measure: 'reasons', aim: null, found: reasons / decisions, unit: 'µs a decision' },
]
console.log(
  `${events} events, ${decisions} decisions on ${values.nodes} nodes x ${values.daemonsets} DaemonSets, core ${coreVersion}`,
)
console.log(tableOf(measures))
if (values.json) writeFileSync(values.json, `${JSON.stringify({ events, decisions, measures }, null, 2)}\n`)

function run(until: number) {
  let [events, decisions, position] = [0, 0, 0]
  while (position < until) {
    const commit = fleet.next(500)
    position = commit.events.at(-1)?.position ?? position
    events += commit.events.length
    decisions += commit.decisionPoint?.decisions.length ?? 0
  }
  return { events, decisions }
}

/** Microseconds in which one of these functions of the core was on the stack. */
function timeUnder({ nodes, samples = [], timeDeltas = [] }: Profiler.Profile, names: ReadonlySet<string>): number {
  const byId = new Map(nodes.map(node => [node.id, node]))
  const within = new Set<number>()
  const enter = (id: number, isWithin: boolean): void => {
    const node = byId.get(id)
    if (!node) return
    const { functionName, url } = node.callFrame
    const is = isWithin || (url.includes('/packages/daemonset/src/') && names.has(functionName))
    if (is) within.add(id)
    for (const child of node.children ?? []) enter(child, is)
  }
  const root = nodes[0]
  if (root) enter(root.id, false)
  return samples.reduce((sum, id, index) => sum + (within.has(id) ? (timeDeltas[index] ?? 0) : 0), 0)
}
