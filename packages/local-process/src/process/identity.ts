import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'

/** A process, told apart from a later one that was given the same pid. */
export type ProcessIdentity = {
  readonly pid: number
  /** When it started, in whatever unit the system has: only ever compared. */
  readonly startedAt: string
}

/** Who has this pid now; null when nobody has (a zombie is nobody). */
export function identify(pid: number): ProcessIdentity | null {
  const startedAt = process.platform === 'linux' ? startedAtOnLinux(pid) : startedAtElsewhere(pid)
  return startedAt === null ? null : { pid, startedAt }
}

/** Whether this very process still runs. */
export function isAlive(identity: ProcessIdentity): boolean {
  return identify(identity.pid)?.startedAt === identity.startedAt
}

function startedAtOnLinux(pid: number): string | null {
  let stat: string
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  } catch {
    return null
  }
  // proc(5): "pid (name) state …"; the name may hold anything, so count from the last parenthesis.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const [state, startTicks] = [fields[0], fields[19]]
  if (startTicks === undefined || (state === 'Z' && threadsOf(pid) <= 1)) return null
  return `${bootId()}/${startTicks}`
}

/** The first thread of a killed process is a zombie before the others have let go of its memory and its ports. */
function threadsOf(pid: number): number {
  try {
    return readdirSync(`/proc/${pid}/task`).length
  } catch {
    return 0
  }
}

let boot: string | undefined
/** Ticks count from the boot: after another boot the same number is another process. */
function bootId(): string {
  boot ??= readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  return boot
}

function startedAtElsewhere(pid: number): string | null {
  try {
    const line = execFileSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim()
    return line === '' || line.startsWith('Z') ? null : line.replace(/^\S+\s+/, '')
  } catch {
    return null
  }
}
