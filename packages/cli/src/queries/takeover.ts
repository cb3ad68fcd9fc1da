import { kinds } from '@rollcall/contracts'
import type { Cluster } from '@rollcall/contracts/api'
import { CliError } from '../errors.ts'
import { structured } from '../output/format.ts'
import { oneLine } from '../output/table.ts'
import type { Ports } from '../ports.ts'
import { oneCluster } from './one-cluster.ts'
import { outlookOf, printOutlook } from './outlook.ts'
import { type QueryOptions, type Scope, splitName } from './scope.ts'

export type TakeoverOptions = QueryOptions & { readonly probe?: string; readonly yes?: boolean }

/** The built-in controller answers a new DaemonSet within moments; a new leader needs up to about 15 s. */
const probeMsMin = 30_000

/** `rollcall takeover --cluster C --probe NAMESPACE/NAME [--yes]` */
export async function takeOver(options: TakeoverOptions, ports: Ports): Promise<void> {
  const { scope, name: cluster, mode, watches } = await oneCluster(options, ports)
  if (mode === 'control')
    throw new CliError('failed', `Rollcall acts in ${cluster} already`, 'see rollcall get clusters')
  await expectBuiltInOff(options.probe, { cluster, watches }, scope, ports)
  const daemonSets = await outlookOf(cluster, scope)
  const intent = options.yes ? await scope.client.request('requestMode', { cluster }, { mode: 'control' }) : null
  const { terminal } = ports
  if (scope.format === 'json' || scope.format === 'yaml') {
    // `intent` null: it was only looked at.
    terminal.out(await structured(scope.format, { cluster, mode, daemonSets, intent }))
    return
  }
  printOutlook(daemonSets, terminal)
  terminal.out(
    intent === null
      ? 'Nothing was done. What is missing would be created, what is unwanted deleted (the guard looks at it), and what is outdated replaced as its update strategy says. With --yes it is done.\n'
      : `${oneLine(cluster)}: Rollcall acts in it from position ${intent.position} on, asked by ${oneLine(intent.user)}.\n`,
  )
}

/**
 * Certain, and without a right to write on our side: a DaemonSet that somebody made for this in the cluster is seen by the
 * watcher (so it is this cluster), and nobody has written its status, though the watch has gone on since.
 */
async function expectBuiltInOff(
  probe: string | undefined,
  { cluster, watches }: { readonly cluster: string; readonly watches: Cluster['watch'] },
  { client }: Scope,
  { now }: Ports,
): Promise<void> {
  const how = 'make one after it was switched off, as docs/takeover.md shows, and name it with --probe NAMESPACE/NAME'
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
  if (record.deletedAt !== null) {
    throw new CliError('failed', `${probe} is being deleted, and so no controller answers it`, `make another: ${how}`)
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
  // A record that stands still says nothing about answers, nor what would happen: every watch must have told of the time after the probe.
  for (const kind of kinds) {
    const movedAt = watches.find(watch => watch.kind === kind)?.movedAt ?? null
    if (movedAt !== null && Date.parse(movedAt) - Date.parse(record.firstSeenAt) >= probeMsMin) continue
    throw new CliError(
      'failed',
      `the watch of ${kind}s in ${cluster} has told nothing since ${movedAt ?? 'ever'}: what came after ${probe} may not be on record yet`,
      'try again in a minute, in which a quiet cluster says how far it is; does the watcher run (rollcall get clusters)?',
    )
  }
}
