import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const root = join(import.meta.dirname, '../..')

export const serviceNames = ['watcher', 'reconciler', 'executor'] as const
export type ServiceName = (typeof serviceNames)[number]

/** What the services work with. */
export type Surroundings = {
  readonly kafkaBrokers: readonly string[]
  readonly postgresUrl: string
  /** As `--clusters` takes them: FILE, FILE#context or name=FILE#context. */
  readonly clusters: readonly string[]
  readonly mode: 'control' | 'observe'
  /** More flags for single services. */
  readonly flags?: Partial<Record<ServiceName, readonly string[]>>
}

/** One process of a service; whoever has it can end it and start it again. */
export type ServiceProcess = {
  readonly name: ServiceName
  /** 0: it does not run. */
  readonly pid: number
  start(): void
  /** Resolves when the process has ended. */
  kill(signal?: NodeJS.Signals): Promise<void>
  /** Resolves with its exit code when it runs no longer; null: a signal ended it, or it never ran. */
  ended(): Promise<number | null>
  /** Resolves when /readyz agrees. @throws when the process ends before */
  ready(): Promise<void>
}

/** Prepares a process of a service; every line it logs goes to `sink`. */
export function serviceProcess(
  name: ServiceName,
  surroundings: Surroundings,
  sink: (line: string) => void,
): ServiceProcess {
  let child: ChildProcess | null = null
  let ended: Promise<number | null> = Promise.resolve(null)
  let health = ''
  const running = (): boolean => child !== null && child.exitCode === null && child.signalCode === null

  function hear(line: string): void {
    health = /"health":"(http[^"]+)"/.exec(line)?.[1] ?? health
    sink(line)
  }
  return {
    name,
    get pid() {
      return running() ? (child?.pid ?? 0) : 0
    },
    start() {
      health = ''
      const file = join(root, 'services', name, 'src/main.ts')
      // Baseline code from the first call on, as the package's scripts ask for: a service is quick from its start.
      const started = spawn(process.execPath, ['--always-sparkplug', file, ...flagsOf(name, surroundings)], {
        stdio: ['ignore', 'pipe', 'pipe'],
        detached: true, // A terminal's Ctrl-C goes to whoever started this, who then stops it in good order.
      })
      createInterface({ input: started.stdout }).on('line', hear)
      createInterface({ input: started.stderr }).on('line', hear)
      child = started
      // `close`, not `exit`: its last lines have then been read too.
      ended = new Promise(resolve => started.once('close', resolve))
    },
    ended: () => ended,
    async kill(signal = 'SIGKILL') {
      if (running()) child?.kill(signal)
      await ended
    },
    async ready() {
      while (!(await answersReady(health))) {
        if (!running()) throw new Error(`the ${name} ended before it was ready: its log says why`)
        await new Promise(resolve => setTimeout(resolve, 50))
      }
    },
  }
}

function flagsOf(name: ServiceName, { kafkaBrokers, postgresUrl, clusters, mode, flags }: Surroundings): string[] {
  return [
    ...['--kafka-brokers', kafkaBrokers.join(','), '--postgres-url', postgresUrl, '--health-port', '0'],
    ...(name === 'reconciler' ? [] : ['--clusters', clusters.join(',')]),
    ...(name === 'watcher' ? ['--mode', mode] : []),
    ...(flags?.[name] ?? []),
  ]
}

async function answersReady(health: string): Promise<boolean> {
  if (health === '') return false
  try {
    return (await fetch(`${health}/readyz`)).ok
  } catch {
    return false // It does not listen yet, or no longer: the caller looks whether it runs.
  }
}
