import { ApiError, type ClusterApi, UnreachableError } from '@rollcall/kube'
import type { ExecutorPorts } from './ports.ts'
import { lackInWords, uses } from './rights.ts'

export type RightsPorts = Pick<ExecutorPorts, 'clusters' | 'clusterApi' | 'timers' | 'logger'>

/** Looks every now and then whether the credentials of each cluster allow what commands will need. */
export class RightsWatch {
  readonly #ports: RightsPorts
  readonly #everyMs: number
  readonly #closing = new AbortController()
  readonly #missing = new Map<string, string>()
  readonly #optional = new Map<string, string | null>()
  #cancelTimer: () => void = () => undefined

  constructor(ports: RightsPorts, everyMs: number) {
    this.#ports = ports
    this.#everyMs = everyMs
  }

  /** Sentences, one per cluster that lacks a right. */
  get missing(): readonly string[] {
    return [...this.#missing.values()]
  }

  /** Looks now, and again and again. */
  async start(): Promise<void> {
    await Promise.all(this.#ports.clusters.map(cluster => this.#look(cluster)))
    if (this.#closing.signal.aborted) return
    this.#cancelTimer = this.#ports.timers.after(this.#everyMs, () => void this.start())
  }

  close(): void {
    this.#closing.abort(new Error('the executor closes'))
    this.#cancelTimer()
  }

  async #look(cluster: string): Promise<void> {
    const api: ClusterApi | undefined = this.#ports.clusterApi(cluster)
    if (!api) return
    const { logger } = this.#ports
    try {
      const missing = await api.missingRights(
        uses.flatMap(({ rights }) => rights),
        this.#closing.signal,
      )
      this.#say(cluster, lackInWords(missing, false))
      this.#sayOptional(cluster, lackInWords(missing, true))
    } catch (error) {
      if (this.#closing.signal.aborted) return
      // It says nothing about rights; the lane says that the cluster does not answer.
      if (!(error instanceof ApiError || error instanceof UnreachableError)) throw error
      logger.warn({ cluster, error: error.message }, `cluster ${cluster}: its rights could not be looked at`)
    }
  }

  #say(cluster: string, lack: string | null): void {
    const { logger } = this.#ports
    const before = this.#missing.get(cluster)
    if (lack === null) {
      this.#missing.delete(cluster)
      if (before !== undefined) logger.info({ cluster }, `cluster ${cluster}: all rights are there now`)
      return
    }
    const sentence = `cluster ${cluster}: the credentials lack ${lack}. Grant them: infra/rbac/executor.yaml`
    this.#missing.set(cluster, sentence)
    if (before !== sentence) logger.error({ cluster, missing: lack }, sentence)
  }

  /** Said once: who grants them not may mean it, and is ready all the same. */
  #sayOptional(cluster: string, lack: string | null): void {
    if (this.#optional.get(cluster) === lack) return
    this.#optional.set(cluster, lack)
    if (lack === null) return
    const sentence = `cluster ${cluster}: where annotations ask for it, the credentials lack ${lack}. Grant them: infra/rbac/executor-annotations.yaml`
    this.#ports.logger.warn({ cluster, missing: lack }, sentence)
  }
}
