import { wakeAt } from '@rollcall/daemonset'
import type { ClusterApi } from '@rollcall/kube'
import type { Clock, Random, Timers } from '@rollcall/service'
import type { Kind } from '../manifest.ts'
import type { Refusal } from '../world.ts'
import type { Controller, Seen } from './controller.ts'
import { LateWatch, RequestDesk, viaDesks } from './request-desk.ts'
import { seenIn } from './requests.ts'
import { type RunningRollcall, startRollcall } from './rollcall.ts'

export type RollcallControllerOptions = {
  readonly api: ClusterApi
  readonly clock: Clock
  readonly timers: Timers
  readonly random: Random
  /** The cluster's own parts begin to work, and end. */
  begin(): void
  end(): void
  /** Differs whenever the cluster has changed. */
  version(): string
  /** Waits for what takes no time but promises and timers. */
  done<T>(what: string, work: Promise<T>): Promise<T>
}

/** Rollcall alone with one cluster. */
export class RollcallController implements Controller {
  readonly #options: RollcallControllerOptions
  readonly #desk = new RequestDesk()
  readonly #late = new LateWatch()
  #rollcall: RunningRollcall | null = null

  constructor(options: RollcallControllerOptions) {
    this.#options = options
  }

  async start(): Promise<void> {
    this.#options.begin()
    await this.#begin()
  }

  async #begin(): Promise<void> {
    const { api, done } = this.#options
    const desked = viaDesks(api, () => this.#desk, this.#late)
    this.#rollcall = await done('Rollcall has started', startRollcall({ ...this.#options, api: desked }))
  }

  async wake(): Promise<void> {
    // Nodes wake it.
  }

  activity(): string {
    return `${this.#options.version()} ${this.#desk.requests.length} ${this.#rollcall?.folded()}`
  }

  isBusy(): boolean {
    const state = this.#rollcall?.state()
    if (!state || Object.values(state.relists).some(({ synced }) => !synced)) return true
    return this.#desk.underWay > 0
  }

  async caughtUp(): Promise<void> {
    // What it has under way is known.
  }

  statusDue(): number | null {
    const state = this.#rollcall?.state()
    if (!state) return null
    const { now } = this.#options.clock
    const waiting = [...state.daemonSets.values()]
      .map(({ statusNotBefore }) => statusNotBefore)
      .filter(due => due >= now() && due === wakeAt(state))
    return waiting.length === 0 ? null : Math.min(...waiting)
  }

  hold(): void {
    this.#rollcall?.telling.hold()
  }

  async tell(): Promise<void> {
    await this.#rollcall?.telling.tell()
  }

  late(kind: Kind): void {
    this.#late.begin(kind)
  }

  catchUp(): void {
    this.#late.end()
  }

  async replace(): Promise<void> {
    await this.#end()
    await this.#begin()
  }

  refuse(refusal: Refusal): void {
    this.#desk.refuse(refusal)
  }

  allow(): void {
    this.#desk.allow()
  }

  seen(): Seen {
    return seenIn(this.#desk.requests)
  }

  async stop(): Promise<void> {
    this.#late.end()
    try {
      await this.#end()
    } finally {
      this.#options.end()
    }
  }

  /** @throws Error when it has said what must never be said */
  async #end(): Promise<void> {
    const rollcall = this.#rollcall
    if (!rollcall) return
    this.#rollcall = null
    await rollcall.telling.tell()
    await this.#options.done('Rollcall has stopped', rollcall.stop())
    const complaints = rollcall.complaints()
    if (complaints.length > 0) throw new Error(`Rollcall complains: ${complaints.join('; ')}`)
  }
}
