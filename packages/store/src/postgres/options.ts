import type { LedgerArchive } from '../archive/ledger-archive.ts'
import { writerRole } from '../rights/roles.ts'
import type { Timers } from './timers.ts'

export type PostgresStoreOptions = {
  /** `postgres://user:password@host:port/database`. */
  readonly url: string
  /**
   * Role that the sessions act as; the user of the URL must be a member. `none`: the user's own rights. Default
   * `rollcall_writer`, who cannot change the ledger.
   */
  readonly role?: string
  /** Where rows of the ledger are read that were archived and dropped. Default: nowhere, and asking for them is an error. */
  readonly archive?: LedgerArchive | undefined
  /** Shown in `pg_stat_activity`. Default `rollcall`. */
  readonly applicationName?: string
  /** Connections for commits, and as many for everything else. Each is opened when needed. Default 4. */
  readonly poolSize?: number
  /** The longest that a statement may take: the server ends it. Default 30 s. */
  readonly statementTimeoutMs?: number
  /** The longest to wait for an answer; then the connection counts as dead. Default 5 s longer than a statement may take. */
  readonly answerTimeoutMs?: number
  /** The longest that connecting may take, waiting for a free connection included. Default 10 s. */
  readonly connectTimeoutMs?: number
  /** How often a session that holds leases is asked whether it lives. Default 5 s; no answer for as long ends it. */
  readonly leaseCheckMs?: number
  /** Default: the timers of the process. */
  readonly timers?: Timers
  /** Told of connections that break while nobody waits for them; nothing depends on it. Default: nobody. */
  readonly logger?: { warn(facts: object, message: string): void }
}

export const optionDefaults = {
  role: writerRole,
  applicationName: 'rollcall',
  poolSize: 4,
  statementTimeoutMs: 30_000,
  connectTimeoutMs: 10_000,
  leaseCheckMs: 5_000,
} as const
