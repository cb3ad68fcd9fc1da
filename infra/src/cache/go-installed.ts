import { basename, join } from 'node:path'
import { buildStep, type Progress } from '@rollcall/local-process'
import { toolMends } from '../tools.ts'
import { cached } from './cached.ts'

export type GoCommand = {
  /** Names the folder in the cache. */
  readonly kind: string
  /** What it is called in progress lines. */
  readonly title: string
  /** Import path of the command. */
  readonly path: string
  readonly version: string
}

/** A command that `go install` makes of a published module, once for all clones on this machine. @returns its path */
export async function goInstalled({ kind, title, path, version }: GoCommand, progress?: Progress): Promise<string> {
  const dir = await cached(
    {
      kind,
      title,
      files: [],
      facts: [version],
      build: (into, logFile) =>
        buildStep({
          title: title[0]?.toUpperCase() + title.slice(1),
          command: ['go', 'install', '-ldflags', '-s -w', `${path}@${version}`],
          cwd: into,
          env: { ...process.env, GOBIN: into, GOFLAGS: '-buildvcs=false' },
          logFile,
          toolMend: toolMends.go,
        }),
    },
    progress,
  )
  return join(dir, basename(path))
}
