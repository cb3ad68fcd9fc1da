import type { Terminal } from './terminal.ts'

export type Environment = { readonly [name: string]: string | undefined }

/** Everything the command needs of the process it runs in. */
export type Ports = {
  readonly terminal: Terminal
  readonly env: Environment
  readonly homeDir: string
  readonly cwd: string
  /** How this command was called, for the command lines that it prints: `rollcall`, `node packages/cli/src/main.ts`. */
  readonly invokedAs: string
  /** Milliseconds since the Unix epoch. */
  now(): number
  /** Resolves after `ms`, or as soon as the signal aborts. */
  wait(ms: number, signal?: AbortSignal): Promise<void>
  /** Runs `run` at each SIGINT or SIGTERM; the returned function takes it back. */
  onInterrupt(run: () => void): () => void
  /** Ends the process at once. */
  exit(code: number): void
  readonly fetch: typeof fetch
}
