import { hostname } from 'node:os'
import type { Registry } from 'prom-client'
import type { z } from 'zod'
import type { serviceOptions } from './config/common-options.ts'
import { type Environment, loadConfig, type OptionsSchema } from './config/load-config.ts'
import { asError, errorFacts } from './errors.ts'
import { createHealth, type Health } from './health.ts'
import { type HealthServer, startHealthServer } from './health-server.ts'
import { createLogger, type Logger } from './logger.ts'
import { createRegistry } from './metrics.ts'
import { type ProcessLife, systemLife } from './process-life.ts'
import { type Clock, systemClock, systemTimers, type Timers, wait } from './time.ts'

/** What every service is told at least: its schema spreads `serviceOptions`. */
export type ServiceConfig = z.output<z.ZodObject<typeof serviceOptions>>

/** What a service gets to work with. */
export type ServiceContext<C> = {
  readonly config: C
  readonly logger: Logger
  readonly registry: Registry
  readonly health: Health
  readonly clock: Clock
  readonly timers: Timers
  readonly random: () => number
  /** Name of this process among its kind: host and pid. */
  readonly process: string
  /** Aborts when the process is asked to stop; `start` should then give up soon. */
  readonly stopping: AbortSignal
  /** The service cannot go on: logged, stopped gracefully, exit code 1. */
  fail(error: unknown): void
}

export type ServiceDefinition<C extends ServiceConfig> = {
  readonly name: string
  /** One line for `--help`. */
  readonly summary: string
  readonly schema: OptionsSchema<C>
  readonly argv: readonly string[]
  readonly env: Environment
  /** Starts the work and returns how to stop it. */
  start(context: ServiceContext<C>): Promise<() => Promise<void>>
  /** For tests. */
  readonly life?: ProcessLife
  readonly clock?: Clock
  readonly timers?: Timers
  readonly logger?: Logger
}

/**
 * The life of a service process: configuration, logger, health server, `start`, and its end. One SIGTERM or SIGINT stops
 * gracefully within `stopTimeoutMs`, the second exits at once. Exit codes: 0 stopped as asked, 1 failed, 2 wrong options,
 * 130 second signal. Resolves when the work has started or the process is to exit.
 */
export async function runService<C extends ServiceConfig>(definition: ServiceDefinition<C>): Promise<void> {
  const life = definition.life ?? systemLife
  const loaded = loadConfig(definition)
  if (loaded.kind === 'help') {
    life.stdout(loaded.text)
    return life.exit(0)
  }
  if (loaded.kind === 'wrong') {
    life.stderr(loaded.lines.map(line => `${definition.name}: ${line}\n`).join(''))
    return life.exit(2)
  }
  await new Run(definition, life, loaded.config).begin()
}

/** One run of a service, from start to exit. */
class Run<C extends ServiceConfig> {
  readonly #definition: ServiceDefinition<C>
  readonly #life: ProcessLife
  readonly #config: C
  readonly #logger: Logger
  readonly #timers: Timers
  readonly #registry: Registry
  readonly #health: Health
  readonly #stopping = new AbortController()
  #server: HealthServer | null = null
  /** Resolves to how the work is stopped; null when it never started. */
  #started: Promise<(() => Promise<void>) | null> = Promise.resolve(null)
  #isRunning = false

  constructor(definition: ServiceDefinition<C>, life: ProcessLife, config: C) {
    this.#definition = definition
    this.#life = life
    this.#config = config
    this.#timers = definition.timers ?? systemTimers
    this.#logger = definition.logger ?? createLogger({ service: definition.name, level: config.logLevel })
    this.#registry = createRegistry({ service: definition.name })
    this.#health = createHealth(this.#timers)
  }

  async begin(): Promise<void> {
    const { name } = this.#definition
    this.#life.onSignal(signal => this.#signalled(signal))
    this.#life.onUncaught((thrown, kind) => {
      this.#logger.error(errorFacts(thrown), `${kind}: ${asError(thrown).message}. This is a defect; ${name} exits`)
      this.#life.exit(1)
    })
    this.#health.check('process', () =>
      this.#stopping.signal.aborted ? `${name} is stopping` : this.#isRunning ? null : `${name} is starting`,
    )
    this.#started = this.#start()
    await this.#started
  }

  async #start(): Promise<(() => Promise<void>) | null> {
    const { name } = this.#definition
    try {
      this.#server = await startHealthServer({
        host: this.#config.healthHost,
        port: this.#config.healthPort,
        health: this.#health,
        registry: this.#registry,
      })
      this.#logger.info({ health: this.#server.url }, `${name} starts`)
      const stop = await this.#definition.start(this.#context())
      this.#isRunning = true
      this.#logger.info({}, `${name} runs`)
      return stop
    } catch (thrown) {
      const error = asError(thrown)
      if (!this.#stopping.signal.aborted) {
        this.#logger.error(errorFacts(error), `${name} cannot start: ${error.message}`)
        void this.#end(1)
      }
      return null
    }
  }

  #context(): ServiceContext<C> {
    return {
      config: this.#config,
      logger: this.#logger,
      registry: this.#registry,
      health: this.#health,
      clock: this.#definition.clock ?? systemClock,
      timers: this.#timers,
      random: Math.random,
      process: `${this.#definition.name}@${hostname()}/${process.pid}`,
      stopping: this.#stopping.signal,
      fail: error => {
        this.#logger.error(errorFacts(error), `${this.#definition.name} cannot go on: ${asError(error).message}`)
        void this.#end(1)
      },
    }
  }

  #signalled(signal: string): void {
    if (this.#stopping.signal.aborted) {
      this.#logger.warn({ signal }, 'second signal: exits at once')
      this.#life.exit(130)
      return
    }
    this.#logger.info({ signal }, `${this.#definition.name} stops`)
    void this.#end(0)
  }

  /** Stops within the bound and exits. Only the first call counts. */
  async #end(code: number): Promise<void> {
    if (this.#stopping.signal.aborted) return
    this.#stopping.abort(new Error(`${this.#definition.name} is stopping`))
    const done = new AbortController()
    const bound = wait(this.#timers, this.#config.stopTimeoutMs, done.signal).then(isOver => {
      if (!isOver) return
      const seconds = this.#config.stopTimeoutMs / 1_000
      this.#logger.error({}, `not stopped after ${seconds} s (--stop-timeout): exits anyway`)
      this.#life.exit(1)
    })
    try {
      const stop = await this.#started
      await stop?.()
      await this.#server?.close()
      this.#logger.info({}, `${this.#definition.name} stopped`)
      this.#life.exit(code)
    } catch (error) {
      this.#logger.error(errorFacts(error), `stopping failed: ${asError(error).message}`)
      this.#life.exit(1)
    } finally {
      done.abort()
      await bound
    }
  }
}
