import { execFileSync } from 'node:child_process'
import { chownSync, readFileSync } from 'node:fs'

/** How to run something that refuses to run as root. */
export type Unprivileged = {
  /** Goes before the command; empty when we are not root anyway. */
  readonly prefix: readonly string[]
  /** Gives a folder to the user the command runs as. */
  own(dir: string): void
}

/**
 * Postgres refuses to run as root. As root it gets another user id (of `postgres`, or `nobody`), but keeps one
 * capability: to read and enter folders regardless of their owner, because the binaries may lie under /root and
 * test folders (mkdtemp) are closed to everybody else. CAP_DAC_OVERRIDE, as containers have that one.
 */
export function unprivileged(): Unprivileged {
  if (process.getuid?.() !== 0) return { prefix: [], own: () => undefined }
  const user = userNamed('postgres') ?? userNamed('nobody') ?? { uid: 65534, gid: 65534 }
  const ids = [`--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups']
  const keeping = ['--inh-caps=-all,+dac_override', '--ambient-caps=-all,+dac_override']
  const prefix = ['setpriv', ...ids, ...(works(['setpriv', ...ids, ...keeping, 'true']) ? keeping : [])]
  return { prefix, own: dir => chownSync(dir, user.uid, user.gid) }
}

function userNamed(name: string): { readonly uid: number; readonly gid: number } | null {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find(each => each.startsWith(`${name}:`))
  const [, , uid, gid] = line?.split(':') ?? []
  return uid === undefined || gid === undefined ? null : { uid: Number(uid), gid: Number(gid) }
}

function works([command = '', ...args]: readonly string[]): boolean {
  try {
    execFileSync(command, args, { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
