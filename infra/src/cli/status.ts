import { relative } from 'node:path'
import { pidOf } from './liveness.ts'
import { readRecords, readUnits } from './records.ts'
import { table } from './table.ts'

export type ComponentStatus = {
  readonly component: string
  readonly pid: number | null
  readonly address: string | null
  readonly state: 'running' | 'ended'
  readonly logFile: string
}

/** Every process that `up` started and `down` has not stopped; `ended` ones ended by themselves. */
export function status(): Promise<ComponentStatus[]> {
  const addresses = Object.assign({}, ...readUnits().map(unit => unit.addresses)) as { [name: string]: string }
  return Promise.all(
    readRecords().map(async record => {
      const pid = await pidOf(record)
      return {
        component: record.name,
        pid,
        address: addresses[record.name] ?? null,
        state: pid === null ? 'ended' : 'running',
        logFile: record.logFile,
      } as const
    }),
  )
}

export function statusTable(components: readonly ComponentStatus[]): string {
  return table(
    ['COMPONENT', 'PID', 'ADDRESS', 'STATE', 'LOG'],
    components.map(({ component, pid, address, state, logFile }) => [
      component,
      pid === null ? '-' : String(pid),
      address ?? '-',
      state,
      shortest(logFile),
    ]),
  )
}

function shortest(path: string): string {
  const fromHere = relative(process.cwd(), path)
  return fromHere.length < path.length ? fromHere : path
}
