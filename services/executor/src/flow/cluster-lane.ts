import type { Command } from '@rollcall/contracts'
import { backoffMs } from '@rollcall/service'
import { apply } from '../apply/apply.ts'
import { type Answer, judge, type Settlement, settle, type Verdict } from '../apply/settlement.ts'
import type { Tools } from '../apply/tools.ts'
import { EventRecorder } from '../events/recorder.ts'
import { Backlog } from './backlog.ts'
import type { CallReport } from './calls.ts'
import type { Capacity } from './capacity.ts'
import { CreationGates } from './creation-gates.ts'
import type { Claim, HeldCommand } from './held-command.ts'
import type { LaneOptions, LanePorts } from './lane-ports.ts'
import { makeTools } from './lane-tools.ts'
import { Pressure } from './pressure.ts'

const sweepMs = 1_000
/** Shorter than the five minutes after which the core would take a silent command for lost, and send it again. */
const reportEveryMsMax = 120_000

/** One cluster's commands, from arrival to outcome. What is slow or broken here does not touch other clusters. */
export class ClusterLane {
  readonly cluster: string
  readonly #ports: LanePorts
  readonly #options: LaneOptions
  readonly #pressure: Pressure
  readonly #gates: CreationGates
  readonly #backlog: Backlog
  readonly #recorder: EventRecorder
  readonly #closing = new AbortController()
  #tools: Tools | null = null
  #running = 0
  #onAttemptEnd: (() => void)[] = []
  #isResting = false
  #isPumpDue = false
  #cancelSweep: (() => void) | null = null
  #cancelWake: (() => void) | null = null

  constructor(cluster: string, ports: LanePorts, options: LaneOptions) {
    this.cluster = cluster
    this.#ports = ports
    this.#options = options
    this.#pressure = new Pressure(ports.random, options.limit)
    this.#gates = new CreationGates(ports.random)
    this.#backlog = new Backlog(this.#gates, options.heldMax)
    this.#recorder = new EventRecorder(ports.random, fate => ports.metrics.kubeEvent(cluster, fate))
  }

  /** Takes a command over. It starts after everything handed over in the same turn has been looked at. */
  add(command: Command, claim: Claim): void {
    const now = this.#ports.clock.now()
    const held = this.#backlog.take(command, claim, now, this.#options.reportAfterMs)
    if (!held) return
    this.#sweepSoon()
    if (command.type === 'RecordEvent') {
      held.state = 'recording'
      const { daemonSet, eventType, reason, message, id } = command
      const notice = { daemonSet, type: eventType, reason, message, commandId: id }
      this.#recorder.offer(notice, now, settlement => held.state === 'recording' && this.#settle(held, settlement))
    } else {
      for (const older of this.#backlog.lineUp(held)) this.#settle(older, settle('skipped'))
    }
    this.#pumpSoon()
  }

  /** Bound on the commands held. */
  get held(): Capacity {
    return this.#backlog.capacity
  }

  /**
   * Gives up everything of one owner at once: what is under way is aborted, and nothing more is begun. Returns how many
   * claims will never be completed.
   */
  drop(owner: object, reason: Error): number {
    return this.#backlog.drop(owner, reason)
  }

  /** Begins nothing more; what is under way goes on. */
  rest(): void {
    this.#isResting = true
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    while (this.#running > 0) await new Promise<void>(resolve => this.#onAttemptEnd.push(resolve))
  }

  /** What people should know about this cluster; null when all is well. `misconfigured`: somebody has to mend it. */
  trouble(): { readonly misconfigured: boolean; readonly sentence: string } | null {
    const waiting = `${this.#backlog.size} commands wait`
    if (this.#tools === null && this.#backlog.size > 0) {
      return { misconfigured: true, sentence: `${this.#noCredentials()}; ${waiting}` }
    }
    if (this.held.isFull)
      return { misconfigured: false, sentence: `cluster ${this.cluster}: ${waiting}, no more are taken` }
    const outage = this.#pressure.outage
    return outage === null ? null : { misconfigured: false, sentence: `cluster ${this.cluster}: ${outage}; ${waiting}` }
  }

  close(reason: Error): void {
    this.rest()
    this.#closing.abort(reason)
    this.#cancelSweep?.()
    this.#cancelWake?.()
    for (const held of this.#backlog.all()) {
      held.cancelTimer?.()
      held.abort?.abort(reason)
    }
  }

  /** Something it waited for may have come: begins what may begin. */
  pump(): void {
    const tools = this.#equip()
    if (!tools || this.#isResting || !this.#ports.logKeepsUp()) return
    const now = this.#ports.clock.now()
    const pauseMs = this.#pressure.pauseMs(now)
    if (pauseMs > 0) {
      this.#wakeIn(pauseMs)
      return
    }
    while (this.#pressure.hasRoom(this.#running)) {
      const held = this.#backlog.next()
      if (held === undefined) break
      if (this.#gates.admits(held, now)) void this.#attempt(held, tools)
    }
    if (this.#recorder.isDue(now, this.#pressure.hasRoom(this.#running))) void this.#recordOne(tools)
  }

  async #attempt(held: HeldCommand, tools: Tools): Promise<void> {
    const { command } = held
    if (command.type === 'RecordEvent') throw new Error(`RecordEvent ${command.id} in a slot of ${this.cluster}`)
    const abort = new AbortController()
    held.abort = abort
    held.state = 'running'
    held.attempts++
    this.#running++
    this.#gates.started(held)
    let verdict: Verdict | null
    try {
      verdict = { kind: 'settled', settlement: await apply(command, tools, abort.signal) }
    } catch (error) {
      verdict = abort.signal.aborted ? null : judge(error)
    }
    held.abort = null
    this.#ended(held, verdict)
    this.#attemptEnded()
  }

  #ended(held: HeldCommand, verdict: Verdict | null): void {
    const closedMs = this.#gates.ended(held, verdict, this.#ports.clock.now())
    if (closedMs > 0) this.#ports.timers.after(closedMs, () => this.#openGate(held))
    else this.#openGate(held)
    if (held.state !== 'running' || verdict === null) return
    if (verdict.kind === 'retry') this.#retry(held, verdict)
    else {
      const { result, answer } = verdict.settlement
      this.#settle(held, verdict.settlement)
      if (held.command.type === 'CreatePod' && result === 'refused') this.#leaveOutRest(held, answer)
    }
  }

  /** Spec §3.6: a refusal speaks for the rest of the DaemonSet's creations, as far as they were not begun. */
  #leaveOutRest(refused: HeldCommand, answer: Answer | null): void {
    for (const held of this.#gates.notBegun(refused)) this.#settle(held, settle('notAttempted', null, answer))
  }

  #openGate(held: HeldCommand): void {
    for (const released of this.#gates.released(held, this.#ports.clock.now())) this.#backlog.makeReady(released)
    this.#pumpSoon()
  }

  #retry(held: HeldCommand, verdict: Extract<Verdict, { kind: 'retry' }>): void {
    const now = this.#ports.clock.now()
    const { cause, message } = verdict
    this.#ports.metrics.retried(this.cluster, held.command.type, cause)
    if (held.trouble === null) held.reportAt = now + this.#options.reportAfterMs
    held.trouble = { cause, message }
    held.state = 'waiting'
    if (this.#backlog.isOvertaken(held)) {
      this.#settle(held, settle('skipped'))
      return
    }
    const waitMs = Math.max(
      backoffMs(held.attempts, this.#options.backoff, this.#ports.random),
      verdict.retryAfterMs ?? 0,
    )
    held.cancelTimer = this.#ports.timers.after(waitMs, () => this.#wake(held))
  }

  #wake(held: HeldCommand): void {
    if (held.state !== 'waiting') return
    held.cancelTimer?.()
    held.cancelTimer = null
    this.#backlog.makeReady(held)
    this.#pumpSoon()
  }

  #settle(held: HeldCommand, settlement: Settlement): void {
    const { command } = held
    held.state = 'settled'
    this.#backlog.release(held)
    const seconds = (this.#ports.clock.now() - held.arrivedAt) / 1_000
    this.#ports.metrics.settled(this.cluster, command.type, settlement.result, seconds)
    this.#ports.settled(held, settlement, () => this.#backlog.finish(held))
  }

  async #recordOne(tools: Tools): Promise<void> {
    this.#running++
    await this.#recorder.writeNext(tools.calls, () => this.#ports.clock.now(), this.#closing.signal)
    this.#attemptEnded()
  }

  #learn(call: CallReport): void {
    const { metrics, logger } = this.#ports
    const code = call.error === null ? '2xx' : 'code' in call.error ? String(call.error.code) : 'unreachable'
    metrics.requested(this.cluster, call.verb, call.resource, code, (call.endedAt - call.startedAt) / 1_000)
    const before = this.#pressure.outage
    const recovered = this.#pressure.learn(call, this.#running)
    const now = this.#pressure.outage
    if (before === null && now !== null) logger.warn({ cluster: this.cluster }, `cluster ${this.cluster}: ${now}`)
    if (!recovered) return
    logger.info({ cluster: this.cluster }, `cluster ${this.cluster} answers again`)
    for (const held of this.#backlog.all()) {
      const cause = held.trouble?.cause
      if (cause === 'overloaded' || cause === 'unauthorized') this.#wake(held)
    }
  }

  /** The tools, as soon as there are credentials. */
  #equip(): Tools | null {
    if (this.#tools) return this.#tools
    const api = this.#ports.clusterApi(this.cluster)
    if (!api) return null
    this.#tools = makeTools({
      api,
      ports: this.#ports,
      timeoutMs: this.#options.requestTimeoutMs,
      signal: this.#closing.signal,
      report: call => this.#learn(call),
      tell: notice => {
        this.#recorder.offer(notice, this.#ports.clock.now())
        this.#sweepSoon()
      },
    })
    return this.#tools
  }

  #attemptEnded(): void {
    this.#running--
    const waiting = this.#onAttemptEnd
    this.#onAttemptEnd = []
    for (const wake of waiting) wake()
    this.#pumpSoon()
  }

  #pumpSoon(): void {
    if (this.#isPumpDue) return
    this.#isPumpDue = true
    queueMicrotask(() => {
      this.#isPumpDue = false
      this.pump()
    })
  }

  #wakeIn(ms: number): void {
    this.#cancelWake?.()
    this.#cancelWake = this.#ports.timers.after(ms, () => this.pump())
  }

  #sweepSoon(): void {
    if (this.#closing.signal.aborted) return
    this.#cancelSweep ??= this.#ports.timers.after(sweepMs, () => this.#sweep())
  }

  #sweep(): void {
    const now = this.#ports.clock.now()
    this.#cancelSweep = null
    this.#reportDelays(now)
    this.#gates.forgetIdle(now)
    this.#ports.metrics.lane(this.cluster, {
      limit: this.#pressure.limit,
      running: this.#running,
      held: this.#backlog.size,
      paused: this.#pressure.outage !== null,
    })
    if (this.#backlog.size > 0 || this.#recorder.length > 0) this.#sweepSoon()
    this.pump()
  }

  /** Those that trouble holds back: their own, or the whole cluster's. A backlog alone is no trouble. */
  #reportDelays(now: number): void {
    const stuck = this.#tools === null ? this.#noCredentials() : this.#pressure.outage
    for (const held of this.#backlog.all()) {
      const message = held.trouble?.message ?? stuck
      if (message === null || held.reportAt > now || held.state === 'settled' || held.state === 'recording') continue
      held.reportAt = now + Math.min(now - held.arrivedAt, reportEveryMsMax)
      this.#ports.delayed(held, message)
    }
  }

  #noCredentials(): string {
    return `this executor has no credentials for cluster ${this.cluster}: add it to the configuration of every executor`
  }
}
