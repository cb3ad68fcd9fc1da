import { join } from 'node:path'
import type { Progress } from '@rollcall/local-process'
import { withLock } from '../cache/lock.ts'
import { settings } from '../settings.ts'

/** One `up` or `down` at a time in a clone. */
export function oneAtATime<Result>(progress: Progress, work: () => Promise<Result>): Promise<Result> {
  return withLock(join(settings.stateDir(), 'lock'), work, holder =>
    progress(`another \`infra\` runs here (pid ${holder.pid}), waiting`),
  )
}
