import { eventCodec, topics } from '@rollcall/contracts'
import { asError, backoffMs, errorFacts } from '@rollcall/service'
import type { ReconcilerPorts } from '../ports.ts'
import type { ReconcilerSettings } from '../settings.ts'

type Ports = Pick<ReconcilerPorts, 'log' | 'clock' | 'timers' | 'random' | 'logger' | 'metrics'>
type Settings = Pick<ReconcilerSettings, 'backoff' | 'tickIntervalMinMs' | 'tickGraceMs'>

type Alarm = {
  /** The time the last decision named. */
  due: number | null
  /** The tick for this time lies in the log, and has not come back yet. */
  appended: number | null
  /** The newest tick that came back was for this time. */
  seen: number | null
  /** No tick before this time. */
  notBefore: number
  failures: number
  cancel: (() => void) | null
}

/**
 * Turns time into events: when the time comes that a stream's last decision named, appends a tick to the log, once. The
 * tick comes back like any event. While the partition is behind, the log still holds events that may do a tick's work, so
 * ticks wait a little.
 */
export class Ticker {
  readonly #ports: Ports
  readonly #settings: Settings
  readonly #isBehind: () => boolean
  readonly #alarms = new Map<string, Alarm>()
  #isClosed = false

  constructor(ports: Ports, settings: Settings, isBehind: () => boolean) {
    this.#ports = ports
    this.#settings = settings
    this.#isBehind = isBehind
  }

  /** The stream's next wake-up is `due`; null: none. */
  arm(cluster: string, due: number | null): void {
    if (this.#isClosed) return
    const alarm = this.#alarmOf(cluster)
    if (alarm.due === due) return
    if (due !== null && alarm.seen !== null && due <= alarm.seen) this.#slowDown(alarm)
    else alarm.failures = 0
    alarm.due = due
    this.#schedule(cluster, alarm)
  }

  /** A tick of the stream came back. */
  seen(cluster: string, due: number): void {
    const alarm = this.#alarms.get(cluster)
    if (!alarm || alarm.appended === null || due < alarm.appended) return
    alarm.appended = null
    alarm.seen = due
    // Armed anew after the decision that follows.
    alarm.due = null
  }

  /** Forgets a stream that is loaded anew. */
  forget(cluster: string): void {
    this.#alarms.get(cluster)?.cancel?.()
    this.#alarms.delete(cluster)
  }

  close(): void {
    this.#isClosed = true
    for (const cluster of [...this.#alarms.keys()]) this.forget(cluster)
  }

  #alarmOf(cluster: string): Alarm {
    const known = this.#alarms.get(cluster)
    if (known) return known
    const notBefore = this.#ports.clock.now() + this.#settings.tickGraceMs
    const alarm: Alarm = { due: null, appended: null, seen: null, notBefore, failures: 0, cancel: null }
    this.#alarms.set(cluster, alarm)
    return alarm
  }

  #schedule(cluster: string, alarm: Alarm): void {
    alarm.cancel?.()
    alarm.cancel = null
    if (alarm.due === null || alarm.due === alarm.appended) return
    const at = Math.max(alarm.due, alarm.notBefore)
    alarm.cancel = this.#ports.timers.after(at - this.#ports.clock.now(), () => this.#fire(cluster, alarm))
  }

  #fire(cluster: string, alarm: Alarm): void {
    alarm.cancel = null
    const { due } = alarm
    const now = this.#ports.clock.now()
    if (due === null || this.#isClosed) return
    if (this.#isBehind() && now < due + this.#settings.tickGraceMs) {
      alarm.notBefore = now + this.#settings.tickIntervalMinMs
      this.#schedule(cluster, alarm)
      return
    }
    alarm.appended = due
    alarm.notBefore = now + this.#settings.tickIntervalMinMs
    const tick = eventCodec.encode({ type: 'Ticked', cluster, due, at: Math.max(Math.floor(now), due) })
    this.#ports.log.append(topics.events, [{ key: cluster, value: tick }]).then(
      () => this.#ports.metrics.ticked(),
      (error: unknown) => this.#failed(cluster, alarm, due, error),
    )
  }

  #failed(cluster: string, alarm: Alarm, due: number, error: unknown): void {
    if (this.#isClosed || this.#alarms.get(cluster) !== alarm) return
    alarm.failures++
    const { logger, clock, random } = this.#ports
    logger.warn(
      { cluster, due, ...errorFacts(error) },
      `the tick of ${cluster} is not in the log: ${asError(error).message}`,
    )
    if (alarm.appended === due) alarm.appended = null
    alarm.notBefore = clock.now() + backoffMs(alarm.failures, this.#settings.backoff, random)
    this.#schedule(cluster, alarm)
  }

  /** A time whose tick has come back is named again (the stream cannot be decided at present): no storm of ticks. */
  #slowDown(alarm: Alarm): void {
    alarm.failures++
    const { clock, random } = this.#ports
    alarm.notBefore = clock.now() + backoffMs(alarm.failures + 2, this.#settings.backoff, random)
  }
}
