import type { Clock, Random, Timers } from '../ports.ts'
import type { BackOffOptions } from './back-off.ts'

export type ListWatchOptions = {
  readonly clock: Clock
  readonly timers: Timers
  readonly random: Random
  readonly signal: AbortSignal
  /** Where an earlier watch had got to; null lists first. */
  readonly resourceVersion: string | null
  /**
   * Awaited before every connection. The watcher checks here that the cluster still is the same one. When it rejects
   * as a `ClusterApi` does, the connection counts as failed.
   */
  readonly beforeConnect?: (signal: AbortSignal) => Promise<void>
  /** Objects per list page. Larger pages cost memory on both sides, smaller ones round trips. Default 500. */
  readonly pageSize?: number
  /**
   * A watch is dead after so much silence: bookmarks come about once a minute, and a half-open connection says nothing
   * at all (kubernetes-client/javascript#795). Default 4 min.
   */
  readonly silenceMsMax?: number
  /** The server is asked to end each watch after a random time in this range, so that not all end at once. */
  readonly watchSeconds?: { readonly min: number; readonly max: number }
  readonly backOff?: BackOffOptions
}

export const listWatchDefaults = {
  pageSize: 500,
  silenceMsMax: 240_000,
  watchSeconds: { min: 300, max: 600 },
} as const
