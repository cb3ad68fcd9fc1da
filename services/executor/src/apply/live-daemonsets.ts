import type { KubeObject } from '@rollcall/kube'
import type { Calls } from '../flow/calls.ts'
import type { DaemonSetRef } from '../kube-objects.ts'
import type { Clock } from '../ports.ts'

/** One read serves all adoptions of this time (spec §6.1: once per claiming pass). */
const freshMs = 1_000

/** DaemonSets as they are now in one cluster. */
export class LiveDaemonSets {
  readonly #calls: Calls
  readonly #clock: Clock
  readonly #signal: AbortSignal
  readonly #reads = new Map<string, { readonly object: Promise<KubeObject>; readonly at: number }>()

  constructor(calls: Calls, clock: Clock, signal: AbortSignal) {
    this.#calls = calls
    this.#clock = clock
    this.#signal = signal
  }

  /** At most a second old. @throws ApiError, UnreachableError */
  recent(daemonSet: DaemonSetRef): Promise<KubeObject> {
    const now = this.#clock.now()
    for (const [key, read] of this.#reads) if (now - read.at >= freshMs) this.#reads.delete(key)
    const known = this.#reads.get(daemonSet.uid)
    if (known) return known.object
    const object = this.now(daemonSet, this.#signal)
    this.#reads.set(daemonSet.uid, { object, at: now })
    object.catch(() => this.#reads.delete(daemonSet.uid))
    return object
  }

  /** Read just now. @throws ApiError, UnreachableError */
  now({ namespace, name }: DaemonSetRef, signal: AbortSignal): Promise<KubeObject> {
    return this.#calls.get({ resource: 'DaemonSet', namespace, name }, signal)
  }
}
