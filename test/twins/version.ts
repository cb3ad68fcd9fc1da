import { execFileSync } from 'node:child_process'
import { coreVersion } from '@rollcall/daemonset'

/** What was played with. */
export type Version = {
  /** null: this is no clone of the repository. */
  readonly commit: string | null
  /** There are changes that were not committed. */
  readonly isChanged: boolean
  readonly core: string
}

export function versionHere(): Version {
  const git = (...words: string[]) =>
    execFileSync('git', ['-C', import.meta.dirname, ...words], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
  try {
    const commit = git('rev-parse', 'HEAD').trim()
    return { commit, isChanged: git('status', '--porcelain').trim() !== '', core: coreVersion }
  } catch {
    // No git, or no clone: then a run cannot be resumed, and its record says so.
    return { commit: null, isChanged: false, core: coreVersion }
  }
}
