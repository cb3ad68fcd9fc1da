import type { Command } from '@rollcall/contracts'
import { BoundedMap } from './bounded-map.ts'
import { Capacity } from './capacity.ts'
import type { CreationGates } from './creation-gates.ts'
import { Fifo } from './fifo.ts'
import { type Claim, type HeldCommand, hold } from './held-command.ts'
import { Slots } from './slots.ts'

/** Outcomes remembered after they went into the log: a command delivered twice is not done twice. */
const settledMax = 20_000

/** The commands of one cluster that have no outcome in the log, and whose turn it is. */
export class Backlog {
  readonly capacity: Capacity
  readonly #gates: CreationGates
  readonly #slots = new Slots()
  readonly #ready = new Fifo<HeldCommand>()
  readonly #byId = new Map<string, HeldCommand>()
  readonly #settledIds = new BoundedMap<string, true>(settledMax)

  constructor(gates: CreationGates, max: number) {
    this.#gates = gates
    this.capacity = new Capacity(max)
  }

  get size(): number {
    return this.#byId.size
  }

  all(): Iterable<HeldCommand> {
    return this.#byId.values()
  }

  /**
   * Takes a command in. Null when it is here already, or has its outcome: the claim is looked after then. Sent again, the
   * later record of an owner stands for the earlier one: however often that happens, it takes one place.
   */
  take(command: Command, claim: Claim, now: number, reportAfterMs: number): HeldCommand | null {
    const known = this.#byId.get(command.id)
    if (known) {
      const earlier = known.claims.findIndex(({ owner }) => owner === claim.owner)
      const [replaced] = earlier === -1 ? [] : known.claims.splice(earlier, 1)
      known.claims.push(claim)
      replaced?.completed()
    } else if (this.#settledIds.has(command.id)) claim.completed()
    else {
      const held = hold(command, claim, now, reportAfterMs)
      this.#byId.set(command.id, held)
      this.capacity.take()
      return held
    }
    return null
  }

  /** Puts it last in its slot. Returns the older commands it makes moot. */
  lineUp(held: HeldCommand): readonly HeldCommand[] {
    const moot = this.#slots.add(held)
    this.#gates.join(held)
    if (this.#slots.first(held.command.slot) === held) this.makeReady(held)
    return moot
  }

  /** Whether a newer command of its slot makes another attempt pointless. */
  isOvertaken(held: HeldCommand): boolean {
    return this.#slots.isOvertaken(held)
  }

  makeReady(held: HeldCommand): void {
    held.state = 'ready'
    this.#ready.push(held)
  }

  /** The next one that may be begun. */
  next(): HeldCommand | undefined {
    for (let held = this.#ready.shift(); held; held = this.#ready.shift()) if (held.state === 'ready') return held
    return undefined
  }

  /** Takes it out of everything that would begin it, and lets the next of its slot come. */
  release(held: HeldCommand): void {
    held.cancelTimer?.()
    held.cancelTimer = null
    this.#slots.remove(held)
    this.#gates.leave(held)
    const next = this.#slots.first(held.command.slot)
    if (next?.state === 'queued') this.makeReady(next)
  }

  /** Its outcome lies in the log. */
  finish(held: HeldCommand): void {
    this.#byId.delete(held.command.id)
    this.#settledIds.set(held.command.id, true)
    this.capacity.give()
    for (const claim of held.claims) claim.completed()
  }

  /** Gives up everything of one owner, and aborts it. Returns how many claims will never be completed. */
  drop(owner: object, reason: Error): number {
    let dropped = 0
    for (const held of [...this.#byId.values()]) {
      const kept = held.claims.filter(claim => claim.owner !== owner)
      if (kept.length === held.claims.length) continue
      dropped += held.claims.length - kept.length
      held.claims.splice(0, held.claims.length, ...kept)
      // With its outcome under way it is nobody's any more, but not to be done again either.
      if (kept.length > 0 || held.state === 'settled') continue
      held.state = 'dropped'
      this.release(held)
      this.#byId.delete(held.command.id)
      this.capacity.give()
      held.abort?.abort(reason)
    }
    return dropped
  }
}
