/** Told what is being built, started and stopped, one line at a time. */
export type Progress = (line: string) => void

/** How Kafka and Postgres are started. `auto`: in Docker where an engine answers, natively where none does. */
export type Via = 'native' | 'docker' | 'auto'

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
  /** The part outlives this process (`infra up`). Default: it ends with it, even if this process is killed. */
  readonly outlives?: boolean
}
