import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, mkdirSync, openSync } from 'node:fs'
import type { Socket } from 'node:net'
import { dirname, join } from 'node:path'
import type { Keep } from '../contract.ts'
import { identify, type ProcessIdentity } from './identity.ts'

const guard = join(import.meta.dirname, 'guard.sh')

export type Launch = {
  readonly command: readonly string[]
  readonly cwd?: string | undefined
  /** Standard output and error are appended here. */
  readonly logFile: string
  /** How it is asked to end, and how long that may take, when this process ends before it. */
  readonly stopSignal: NodeJS.Signals
  readonly stopMsMax: number
  /** Given, the command outlives this process. */
  readonly keep?: Keep | undefined
}

export type Launched = ProcessIdentity & {
  /** Null while it runs; then how it ended. */
  ending(): string | null
}

/**
 * Starts a command as leader of its own process group, so Ctrl-C in a terminal reaches only us. Unless it
 * is to be kept, it ends when this process does, even by SIGKILL (see guard.sh).
 */
export function launch(what: Launch): Launched {
  mkdirSync(dirname(what.logFile), { recursive: true })
  const log = openSync(what.logFile, 'a')
  let child: ChildProcess
  try {
    // Through a shell in both cases: a command that does not exist then says so in the log, like any other failure.
    const guarded = [guard, what.stopSignal.replace('SIG', ''), String(Math.ceil(what.stopMsMax / 1000))]
    const shell = what.keep === undefined ? guarded : ['-c', 'exec "$@"', 'sh']
    child = spawn('/bin/sh', [...shell, ...what.command], {
      detached: true,
      stdio: ['ignore', log, log, what.keep === undefined ? 'pipe' : 'ignore'],
      ...(what.cwd === undefined ? {} : { cwd: what.cwd }),
    })
  } finally {
    closeSync(log)
  }
  return follow(child)
}

function follow(child: ChildProcess): Launched {
  let ending: string | null = null
  const leash = child.stdio[3] as Socket | null
  child.once('error', error => {
    ending = error.message
  })
  child.once('exit', (code, signal) => {
    ending = signal === null ? `ended with code ${code}` : `was ended by ${signal}`
    leash?.destroy()
  })
  // The guard may go before the pipe is closed; that is no error of ours.
  leash?.on('error', () => leash.destroy())
  // Neither the child nor the pipe keeps a finished program from ending.
  leash?.unref()
  child.unref()
  const pid = child.pid ?? -1
  const startedAt = identify(pid)?.startedAt ?? ''
  return { pid, startedAt, ending: () => ending }
}
