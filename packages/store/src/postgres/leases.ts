import type { Lease } from '../store.ts'
import { endLeaseSession, type LeaseSession, type LeaseSessionOptions, openLeaseSession } from './lease-session.ts'

/**
 * Leases as session-level advisory locks. All those of one store are held by one connection, opened with the first and
 * closed with the last. When it ends, all of them are lost.
 */
export class Leases {
  readonly #options: LeaseSessionOptions
  #session: Promise<LeaseSession> | null = null
  /** A session may take its own advisory lock again, so names are also spoken for here. */
  readonly #asking = new Set<string>()

  constructor(options: LeaseSessionOptions) {
    this.#options = options
  }

  async tryLease(name: string): Promise<Lease | null> {
    if (this.#asking.has(name)) return null
    this.#asking.add(name)
    try {
      const session = await this.#open()
      if (session.held.has(name)) return null
      const isMine = await lock(session, name)
      if (!isMine || session.ended) return null
      const controller = new AbortController()
      session.held.set(name, controller)
      return { lost: controller.signal, release: () => this.#release(session, name, controller) }
    } finally {
      this.#asking.delete(name)
      await this.#closeWhenIdle()
    }
  }

  /** Every lease that is still held is lost. */
  async close(): Promise<void> {
    const session = await this.#session?.catch(() => null)
    if (session) endLeaseSession(session)
  }

  #open(): Promise<LeaseSession> {
    if (this.#session) return this.#session
    const opening = openLeaseSession(this.#options, () => {
      if (this.#session === opening) this.#session = null
    })
    this.#session = opening
    return opening
  }

  async #release(session: LeaseSession, name: string, controller: AbortController): Promise<void> {
    if (session.ended || session.held.get(name) !== controller) return
    this.#asking.add(name)
    session.held.delete(name)
    try {
      await session.client.query('select pg_advisory_unlock(hashtextextended($1, 0))', [lockName(name)])
    } catch {
      // A session that cannot unlock ends, and its end unlocks: the lease is given back either way.
      endLeaseSession(session)
    } finally {
      this.#asking.delete(name)
      await this.#closeWhenIdle()
    }
  }

  async #closeWhenIdle(): Promise<void> {
    const session = await this.#session?.catch(() => null)
    if (!session || session.ended || session.held.size > 0 || this.#asking.size > 0) return
    endLeaseSession(session)
  }
}

const lockName = (name: string): string => `rollcall/lease/${name}`

async function lock(session: LeaseSession, name: string): Promise<boolean> {
  const { rows } = await session.client.query('select pg_try_advisory_lock(hashtextextended($1, 0)) as mine', [
    lockName(name),
  ])
  return rows[0].mine
}
