import { readFileSync } from 'node:fs'

export type ProcessUsage = {
  /** Most resident memory it ever had. */
  readonly memoryPeakBytes: number
  readonly memoryBytes: number
  /** User and system time since it started. */
  readonly cpuMs: number
}

/** The kernel counts process times in hundredths of a second for every reader (USER_HZ). */
const msPerTick = 10

/** What a process uses and has used (Linux only: null elsewhere, and when it is gone). */
export function processUsage(pid: number): ProcessUsage | null {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return {
      memoryPeakBytes: kilobytes(status, 'VmHWM'),
      memoryBytes: kilobytes(status, 'VmRSS'),
      cpuMs: (Number(fields[11]) + Number(fields[12])) * msPerTick,
    }
  } catch {
    return null
  }
}

function kilobytes(status: string, field: string): number {
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0) * 1024
}
