import { readFileSync } from 'node:fs'

export type ProcessUsage = {
  /** Most resident memory it ever had, and of the processes it started and that live (backends): what they do not share. */
  readonly memoryPeakBytes: number
  readonly memoryBytes: number
  /** User and system time since it started, with the processes it started (the backends of Postgres). */
  readonly cpuMs: number
}

/** The kernel counts process times in hundredths of a second for every reader (USER_HZ). */
const msPerTick = 10

/** What a process uses and has used (Linux only: null elsewhere, and when it is gone). */
export function processUsage(pid: number): ProcessUsage | null {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    return {
      memoryPeakBytes:
        kilobytes(status, 'VmHWM') + livingChildren(pid).reduce((sum, child) => sum + ownPeakBytes(child), 0),
      memoryBytes: kilobytes(status, 'VmRSS'),
      cpuMs: cpuTicks(pid) * msPerTick,
    }
  } catch {
    return null
  }
}

/** Its own, those of children that ended, and those of children that live. */
function cpuTicks(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const [user, system, endedUser, endedSystem] = fields.slice(11, 15).map(Number)
  return (user ?? 0) + (system ?? 0) + (endedUser ?? 0) + (endedSystem ?? 0) + livingChildrenTicks(pid)
}

function livingChildrenTicks(pid: number): number {
  return livingChildren(pid).reduce((sum, child) => sum + orZeroWhenGone(() => cpuTicks(child)), 0)
}

/** The most it had for itself alone: memory shared with its parent is counted there. */
function ownPeakBytes(pid: number): number {
  return orZeroWhenGone(() => {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    const shared = kilobytes(status, 'RssShmem') + kilobytes(status, 'RssFile')
    return Math.max(0, kilobytes(status, 'VmHWM') - shared)
  })
}

function livingChildren(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim()
  return children === '' ? [] : children.split(' ').map(Number)
}

/** A process may end while it is looked at. */
function orZeroWhenGone(look: () => number): number {
  try {
    return look()
  } catch {
    return 0
  }
}

function kilobytes(status: string, field: string): number {
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0) * 1024
}
