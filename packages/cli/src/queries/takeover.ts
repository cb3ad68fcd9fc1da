import type { DaemonSetRecord, Intent } from '@rollcall/contracts/api'
import { CliError } from '../errors.ts'
import { structured } from '../output/format.ts'
import { oneLine, table } from '../output/table.ts'
import type { Ports } from '../ports.ts'
import { type QueryOptions, type Scope, scopeOf, splitName } from './scope.ts'

export type TakeoverOptions = QueryOptions & { readonly probe?: string; readonly yes?: boolean }

/** The built-in controller answers a new DaemonSet within moments; a new leader needs up to about 15 s. */
const probeMsMin = 30_000

/** What would happen to one DaemonSet, from the record. */
type Outlook = {
  readonly daemonSet: string
  readonly desired: number
  /** Nodes that lack a pod, pods where they should not be, and pods of an older template. */
  readonly missing: number
  readonly misscheduled: number
  readonly outdated: number
}

type Report = {
  readonly cluster: string
  readonly mode: 'control' | 'observe' | null
  readonly daemonSets: readonly Outlook[]
  /** null: only looked at. */
  readonly intent: Intent | null
}

/** `rollcall takeover --cluster C --probe NAMESPACE/NAME [--yes]` */
export async function takeOver(options: TakeoverOptions, ports: Ports): Promise<void> {
  const { scope, cluster, mode, watched } = await only(options, ports)
  if (mode === 'control')
    throw new CliError('failed', `Rollcall acts in ${cluster} already`, 'see rollcall get clusters')
  await expectBuiltInOff(options.probe, { cluster, watched }, scope, ports)
  const daemonSets = await outlook(cluster, scope)
  const intent = options.yes ? await scope.client.request('requestMode', { cluster }, { mode: 'control' }) : null
  await tell({ cluster, mode, daemonSets, intent }, 'Rollcall acts in it', scope, ports)
}

/** `rollcall release --cluster C [--yes]` */
export async function release(options: TakeoverOptions, ports: Ports): Promise<void> {
  const { scope, cluster, mode } = await only(options, ports)
  if (mode === 'observe')
    throw new CliError('failed', `Rollcall only observes ${cluster} already`, 'see rollcall get clusters')
  const daemonSets = await outlook(cluster, scope)
  const intent = options.yes ? await scope.client.request('requestMode', { cluster }, { mode: 'observe' }) : null
  await tell({ cluster, mode, daemonSets, intent }, 'Rollcall decides nothing more in it', scope, ports)
}

async function only(options: TakeoverOptions, ports: Ports) {
  const scope = await scopeOf(options, ports)
  const [cluster, ...others] = scope.clusters ?? []
  if (cluster === undefined || others.length > 0) {
    throw new CliError('usage', 'this is done to one cluster at a time', 'name it with --cluster')
  }
  const { items } = await scope.client.ask('clusters', {}, { cluster: [cluster] })
  const watch = items[0]?.watch.find(({ kind }) => kind === 'DaemonSet')
  return { scope, cluster, mode: items[0]?.mode ?? null, watched: watch?.movedAt ?? null }
}

/**
 * Certain, and without a right to write on our side: a DaemonSet that somebody made for this in the cluster is seen by the
 * watcher (so it is this cluster), and nobody has written its status, though the watch has gone on since.
 */
async function expectBuiltInOff(
  probe: string | undefined,
  { cluster, watched }: { readonly cluster: string; readonly watched: string | null },
  { client }: Scope,
  { now }: Ports,
): Promise<void> {
  const how = `make one after it was switched off, as docs/takeover.md shows, and name it with --probe NAMESPACE/NAME`
  if (probe === undefined) {
    throw new CliError(
      'usage',
      'whether the built-in controller is off shows in a DaemonSet that nobody has answered',
      how,
    )
  }
  const { namespace, name } = splitName(probe)
  if (namespace === null) throw new CliError('usage', `--probe ${probe} lacks its namespace`, 'write NAMESPACE/NAME')
  const found = await client.all('daemonSets', { cluster: [cluster], namespace: [namespace], name: [name] })
  const [record] = found
  if (!record) {
    throw new CliError(
      'notFound',
      `no DaemonSet ${probe} is on record in cluster ${cluster}`,
      `is it in another cluster? Else: ${how}`,
    )
  }
  if (record.status.observedGeneration > 0) {
    const why = `the built-in controller is active in ${cluster}: it has answered ${probe}`
    throw new CliError('refused', why, 'switch it off (--controllers=*,-daemonset-controller), and make a new probe')
  }
  const waited = now() - Date.parse(record.firstSeenAt)
  if (waited < probeMsMin) {
    const left = Math.ceil((probeMsMin - waited) / 1_000)
    throw new CliError(
      'failed',
      `${probe} is only ${Math.floor(waited / 1_000)} s old: another controller may yet answer it`,
      `try again in ${left} s`,
    )
  }
  // A record that stands still says nothing about answers: the watch must have told of the time after the probe.
  if (watched === null || Date.parse(watched) - Date.parse(record.firstSeenAt) < probeMsMin) {
    throw new CliError(
      'failed',
      `the watch of DaemonSets in ${cluster} has told nothing since ${watched ?? 'ever'}: an answer to ${probe} may not be on record yet`,
      'try again in a minute, in which a quiet cluster says how far it is; does the watcher run (rollcall get clusters)?',
    )
  }
}

/** What is otherwise than Rollcall would have it, by DaemonSet. */
async function outlook(cluster: string, { client }: Scope): Promise<Outlook[]> {
  const records: DaemonSetRecord[] = await client.all('daemonSets', { cluster: [cluster] })
  const all: Outlook[] = []
  for (const { namespace, name, status } of records) {
    const missing = await client.all('missing', {}, { cluster, namespace, name })
    all.push({
      daemonSet: `${namespace}/${name}`,
      desired: status.desiredNumberScheduled,
      missing: missing.length,
      misscheduled: status.numberMisscheduled,
      outdated: Math.max(0, status.currentNumberScheduled - status.updatedNumberScheduled),
    })
  }
  return all
}

async function tell(report: Report, done: string, { format }: Scope, { terminal }: Ports): Promise<void> {
  const { cluster, daemonSets, intent } = report
  if (format === 'json' || format === 'yaml') {
    terminal.out(await structured(format, report))
    return
  }
  const columns = [
    { title: 'DAEMONSET', cell: (row: Outlook) => oneLine(row.daemonSet) },
    { title: 'DESIRED', cell: (row: Outlook) => String(row.desired) },
    { title: 'MISSING', cell: (row: Outlook) => String(row.missing) },
    { title: 'MISSCHEDULED', cell: (row: Outlook) => String(row.misscheduled) },
    { title: 'OUTDATED', cell: (row: Outlook) => String(row.outdated) },
  ]
  terminal.out(`${table(columns, daemonSets, false).join('\n')}\n`)
  terminal.out(
    intent === null
      ? `Nothing was done. What is missing would be created, what is misscheduled and may not stay deleted (the guard looks at it), what is outdated replaced as the DaemonSet says. With --yes it is done.\n`
      : `${oneLine(cluster)}: ${done} from position ${intent.position} on, asked by ${oneLine(intent.user)}.\n`,
  )
}
