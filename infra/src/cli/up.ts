import type { Keep, Progress, Running } from '@rollcall/local-process'
import { StartError } from '@rollcall/local-process'
import { openControlPlane } from '../control-plane/open-control-plane.ts'
import { startControlPlane } from '../control-plane/start-control-plane.ts'
import { startKafka } from '../kafka/start-kafka.ts'
import { startPostgres } from '../postgres/start-postgres.ts'
import { down } from './down.ts'
import { isUp } from './liveness.ts'
import type { UpOptions } from './options.ts'
import { dirOf, readRecords, readUnits, type Unit, writeRecord, writeUnit } from './records.ts'

/** How one unit is started, whatever it is. */
type Plan = {
  readonly name: string
  readonly options: Unit['options']
  /** On the ports it had, if it was up before. */
  readonly start: (keep: Keep, ports: Unit['ports'] | undefined) => Promise<Unit>
}

/** Starts what does not run yet. @returns the units that are up now, in the order asked for */
export async function up(options: UpOptions, progress: Progress): Promise<Unit[]> {
  const units: Unit[] = []
  // One after the other: they would only take the processor from each other, and the lines would mix.
  for (const plan of plansFor(options, progress)) units.push(await ensureUp(plan, progress))
  for (const unit of units.filter(each => each.kind === 'cluster')) await ensureNodes(unit, options, progress)
  return units
}

function plansFor(options: UpOptions, progress: Progress): Plan[] {
  const clusters = Array.from({ length: options.clusters }, (_, index) =>
    clusterPlan(`cluster-${index + 1}`, options, progress),
  )
  return [
    ...(options.only.includes('kafka') ? [kafkaPlan(options, progress)] : []),
    ...(options.only.includes('postgres') ? [postgresPlan(options, progress)] : []),
    ...(options.only.includes('clusters') ? clusters : []),
  ]
}

async function ensureUp(plan: Plan, progress: Progress): Promise<Unit> {
  const before = readUnits().find(unit => unit.name === plan.name)
  const records = readRecords().filter(record => record.unit === plan.name)
  const alive = (await Promise.all(records.map(async record => ((await isUp(record)) ? [record.name] : [])))).flat()
  if (before !== undefined && Object.keys(before.addresses).every(name => alive.includes(name))) {
    const changed = Object.keys(plan.options).filter(name => plan.options[name] !== before.options[name])
    progress(
      `${plan.name} already runs${changed.length === 0 ? '' : `, started otherwise (${changed.join(', ')}): \`down\` first to change that`}`,
    )
    return before
  }
  if (records.length > 0) {
    progress(`${plan.name}: ${alive.length} of its processes left of an earlier start, beginning anew`)
    await down(progress, { purge: false, only: [plan.name] })
  }
  const keep: Keep = kept => writeRecord({ ...kept, unit: plan.name })
  let unit: Unit
  try {
    unit = await startAgain(plan, keep, before?.ports)
  } catch (error) {
    // What was started of it is of no use, and its pid files would say otherwise.
    await down(progress, { purge: false, only: [plan.name] })
    throw error
  }
  writeUnit(unit)
  return unit
}

/** On the ports of the last time, so that addresses stay; on others where somebody sits there now. */
async function startAgain(plan: Plan, keep: Keep, ports: Unit['ports'] | undefined): Promise<Unit> {
  try {
    return await plan.start(keep, ports)
  } catch (error) {
    const taken = error instanceof StartError && error.code === 'port-in-use'
    if (!taken || ports === undefined) throw error
    return plan.start(keep, undefined)
  }
}

function kafkaPlan(options: UpOptions, progress: Progress): Plan {
  const name = 'kafka'
  return {
    name,
    options: {},
    async start(keep, ports) {
      const kafka = await startKafka({
        dir: dirOf(name),
        via: options.via,
        keep,
        progress,
        ...(ports?.port === undefined ? {} : { port: ports.port }),
      })
      const [address = ''] = kafka.brokers
      return {
        name,
        kind: 'kafka',
        addresses: { [name]: address },
        connect: kafka.brokers.join(','),
        ports: { port: Number(address.split(':').at(-1)) },
        options: {},
      }
    },
  }
}

function postgresPlan(options: UpOptions, progress: Progress): Plan {
  const name = 'postgres'
  return {
    name,
    options: {},
    async start(keep, ports) {
      const { url } = await startPostgres({
        dir: dirOf(name),
        via: options.via,
        keep,
        progress,
        ...(ports?.port === undefined ? {} : { port: ports.port }),
      })
      const { host, port } = new URL(url)
      return {
        name,
        kind: 'postgres',
        addresses: { [name]: host },
        connect: url,
        ports: { port: Number(port) },
        options: {},
      }
    },
  }
}

function clusterPlan(name: string, { kwok, daemonSetController }: UpOptions, progress: Progress): Plan {
  const options = { kwok, daemonSetController }
  return {
    name,
    options,
    async start(keep, ports) {
      const cluster = await startControlPlane({
        name,
        dir: dirOf(name),
        ...options,
        keep,
        progress,
        ...(ports === undefined ? {} : { ports }),
      })
      // Components and ports go by the same names.
      const parts = Object.entries(cluster.components) as [keyof typeof cluster.components, Running][]
      return {
        name,
        kind: 'cluster',
        addresses: Object.fromEntries(parts.map(([key, part]) => [part.name, `127.0.0.1:${cluster.ports[key]}`])),
        connect: cluster.kubeconfig,
        ports: { ...cluster.ports },
        options,
      }
    },
  }
}

async function ensureNodes(unit: Unit, options: UpOptions, progress: Progress): Promise<void> {
  const cluster = openControlPlane(dirOf(unit.name), `https://127.0.0.1:${unit.ports.apiserver}`)
  try {
    const missing = options.nodes - (await cluster.countNodes())
    if (missing <= 0) return
    progress(`${unit.name}: adding ${missing} nodes`)
    await cluster.addNodes(missing, { awaitReady: unit.options.kwok === true })
  } finally {
    cluster.close()
  }
}
