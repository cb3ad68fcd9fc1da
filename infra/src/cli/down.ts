import type { Progress } from '@rollcall/local-process'
import { end } from './liveness.ts'
import { purgeUnit, type Record, readRecords, readUnits, removeRecord } from './records.ts'

/** Clients before what they talk to: so none of them spends its last seconds on errors. */
const order = ['kwok', 'daemonset-controller', 'kube-controller-manager', 'kube-scheduler', 'kube-apiserver', 'etcd']

/** Stops everything `up` started, or only some units. @returns how many processes were stopped */
export async function down(
  progress: Progress,
  options: { readonly purge: boolean; readonly only?: readonly string[] },
): Promise<number> {
  const wanted = (unit: string): boolean => options.only === undefined || options.only.includes(unit)
  const records = readRecords().filter(record => wanted(record.unit))
  const units = [...new Set(records.map(record => record.unit))]
  const stopped = await Promise.all(
    units.map(unit =>
      stopUnit(
        records.filter(record => record.unit === unit),
        progress,
      ),
    ),
  )
  if (options.purge) {
    // A unit that never came up as a whole has data too.
    for (const unit of new Set([
      ...units,
      ...readUnits()
        .map(each => each.name)
        .filter(wanted),
    ])) {
      purgeUnit(unit)
      progress(`${unit}: data removed`)
    }
  }
  return stopped.reduce((sum, count) => sum + count, 0)
}

async function stopUnit(records: readonly Record[], progress: Progress): Promise<number> {
  const rank = (record: Record): number => order.indexOf(record.name.split('/').at(-1) ?? '')
  let count = 0
  for (const record of [...records].sort((a, b) => rank(a) - rank(b))) {
    const ended = await end(record)
    removeRecord(record)
    if (ended !== 'was gone') count += 1
    progress(
      ended === 'was gone' ? `${record.name} had already ended (see ${record.logFile})` : `${record.name} ${ended}`,
    )
  }
  return count
}
