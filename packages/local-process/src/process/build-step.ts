import { spawn } from 'node:child_process'
import { closeSync, openSync, statSync } from 'node:fs'
import { lastLines } from '../log-tail.ts'
import { StartError } from '../start-error.ts'

export type BuildStep = {
  readonly title: string
  readonly command: readonly [string, ...string[]]
  readonly cwd: string
  /** All of its environment. Default: that of this process. */
  readonly env?: NodeJS.ProcessEnv
  readonly logFile: string
  /** Where to get the tool, when it is not there. */
  readonly toolMend: string
}

/** Runs one tool of a build to its end. @throws StartError with what the tool said last, or how to get the tool */
export async function buildStep(step: BuildStep): Promise<void> {
  const [tool, ...args] = step.command
  const logFrom = statSync(step.logFile, { throwIfNoEntry: false })?.size ?? 0
  const log = openSync(step.logFile, 'a')
  const child = spawn(tool, args, {
    cwd: step.cwd,
    ...(step.env === undefined ? {} : { env: step.env }),
    stdio: ['ignore', log, log],
  })
  closeSync(log)
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', error =>
      reject(
        (error as NodeJS.ErrnoException).code === 'ENOENT'
          ? new StartError({
              code: 'tool-missing',
              what: `${step.title} needs ${tool}, which is not here`,
              mend: step.toolMend,
            })
          : error,
      ),
    )
    child.once('exit', resolve)
  })
  if (code === 0) return
  throw new StartError({
    code: 'build-failed',
    what: `${step.title}: \`${tool} ${args[0] ?? ''}\` failed with code ${code}`,
    logFile: step.logFile,
    lastLines: lastLines(step.logFile, 20, logFrom),
    mend: step.toolMend,
  })
}
