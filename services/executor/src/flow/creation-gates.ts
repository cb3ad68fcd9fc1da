import type { Verdict } from '../apply/settlement.ts'
import type { Random } from '../ports.ts'
import { CreationGate } from './creation-gate.ts'
import type { HeldCommand } from './held-command.ts'

/** The slow starts of all DaemonSets of one cluster. Other commands pass freely. */
export class CreationGates {
  readonly #random: Random
  readonly #gates = new Map<string, CreationGate>()

  constructor(random: Random) {
    this.#random = random
  }

  /** A creation arrived. */
  join(held: HeldCommand): void {
    if (held.command.type === 'CreatePod') this.#gate(held).members.add(held)
  }

  /** It has its outcome, or is no longer ours. */
  leave(held: HeldCommand): void {
    if (held.command.type === 'CreatePod') this.#gate(held).members.delete(held)
  }

  /** Whether it may start now; if not, the gate keeps it until `released`. */
  admits(held: HeldCommand, now: number): boolean {
    if (held.command.type !== 'CreatePod') return true
    const gate = this.#gate(held)
    if (gate.admits(now)) return true
    held.state = 'gated'
    gate.waiting.push(held)
    return false
  }

  started(held: HeldCommand): void {
    if (held.command.type === 'CreatePod') this.#gate(held).started()
  }

  /**
   * An attempt ended; null: it was given up. Returns after how many ms the gate is open again (0: it is).
   */
  ended(held: HeldCommand, verdict: Verdict | null, now: number): number {
    if (held.command.type !== 'CreatePod') return 0
    const gate = this.#gate(held)
    if (verdict?.kind === 'settled') {
      const { result } = verdict.settlement
      if (result === 'done' || result === 'alreadyDone') gate.succeeded(now)
      else if (result === 'refused') gate.refused()
      else gate.ended()
      return 0
    }
    if (verdict?.cause === 'failed') return gate.stumbled(now)
    if (verdict?.cause === 'conflict') gate.conflicted()
    else gate.ended()
    return 0
  }

  /** The gated creations of the same DaemonSet that may try to start now. */
  released(held: HeldCommand, now: number): readonly HeldCommand[] {
    if (held.command.type !== 'CreatePod') return []
    const gate = this.#gate(held)
    const released: HeldCommand[] = []
    while (gate.waiting.length > 0 && gate.admits(now) && released.length < gate.room) {
      const next = gate.waiting.shift()
      if (next?.state === 'gated') released.push(next)
    }
    return released
  }

  /** The creations of the same DaemonSet of which none was begun. */
  notBegun(held: HeldCommand): readonly HeldCommand[] {
    return [...this.#gate(held).members].filter(({ state, attempts }) => attempts === 0 && state !== 'running')
  }

  forgetIdle(now: number): void {
    for (const [uid, gate] of this.#gates) if (gate.isIdle(now)) this.#gates.delete(uid)
  }

  #gate({ command }: HeldCommand): CreationGate {
    const known = this.#gates.get(command.daemonSet.uid)
    if (known) return known
    const fresh = new CreationGate(this.#random)
    this.#gates.set(command.daemonSet.uid, fresh)
    return fresh
  }
}
