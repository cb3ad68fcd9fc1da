import type { ProcessIdentity } from './process/identity.ts'

/** Told what is being built, started and stopped, one line at a time. */
export type Progress = (line: string) => void

/** A started part. Its port and its data stay the same over `kill` and `restart`. */
export type Running = {
  readonly name: string
  /** Of the real process, not of a wrapper; after a restart, of the new one. In Docker: as the host sees it. */
  readonly pid: number
  readonly logFile: string
  /** Asks it to end, and kills it when it has not within its bound. Resolves when it is gone; twice is once. */
  stop(): Promise<void>
  /**
   * Sends a signal, by default SIGKILL. Resolves when the process is gone for SIGKILL, at once for others
   * (SIGSTOP and SIGCONT freeze and thaw it).
   */
  kill(signal?: NodeJS.Signals): Promise<void>
  /** Stops it if it runs, starts it again on the same port and data, and resolves when it answers. */
  restart(): Promise<void>
}

/** Options that every start takes. */
export type StartOptions = {
  /** Where data, configuration and log are kept; made if missing. Data found there is used again. */
  readonly dir: string
  readonly progress?: Progress
  /**
   * Given, the part outlives this process (`infra up`), and every process or container of it is told here as soon as
   * it is there. Default: it ends with this process, even if that is killed.
   */
  readonly keep?: Keep
}

/** Hears of what outlives this process. */
export type Keep = (kept: Kept) => void

/** What another process needs to know to find it and to stop it. */
export type Kept = {
  readonly name: string
  readonly logFile: string
  readonly stopSignal: NodeJS.Signals
  readonly stopMsMax: number
  readonly as: ProcessIdentity | { readonly containerId: string }
}
