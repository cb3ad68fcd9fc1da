import type { Command } from '@rollcall/contracts'
import type { RetryCause } from '../apply/settlement.ts'

/** Whoever handed a command in: told once when its outcome is safely in the log. */
export type Claim = {
  /** The partition run it belongs to; its commands are dropped together. */
  readonly owner: object
  readonly completed: () => void
}

/**
 * A command that arrived and has no outcome in the log yet.
 * - `queued`: behind another command of its slot → ready, when that one has its outcome
 * - `ready`: may start as soon as the cluster has room → running, or gated
 * - `gated`: a creation held back by the slow start of its DaemonSet → ready
 * - `running` → settled, or waiting
 * - `waiting`: tried without success; a timer makes it ready again
 * - `recording`: an Event with the recorder → settled
 * - `settled`: has its outcome, which is on its way into the log
 * - `dropped`: its partition is no longer ours
 */
export type HeldState = 'queued' | 'ready' | 'gated' | 'running' | 'waiting' | 'recording' | 'settled' | 'dropped'

export type HeldCommand = {
  readonly command: Command
  readonly claims: Claim[]
  readonly arrivedAt: number
  state: HeldState
  attempts: number
  /** Why the last attempt has to be repeated; null when none had to. */
  trouble: { readonly cause: RetryCause; readonly message: string } | null
  /** When a CommandDelayed is due, should it still be held back by trouble then. */
  reportAt: number
  /** Takes back the timer of `waiting`. */
  cancelTimer: (() => void) | null
  /** Ends the attempt of `running`. */
  abort: AbortController | null
}

export function hold(command: Command, claim: Claim, now: number, reportAfterMs: number): HeldCommand {
  return {
    command,
    claims: [claim],
    arrivedAt: now,
    state: 'queued',
    attempts: 0,
    trouble: null,
    reportAt: now + reportAfterMs,
    cancelTimer: null,
    abort: null,
  }
}
