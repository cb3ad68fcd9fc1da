import type { Lease } from '../store.ts'

/** Leases of one memory store; `held` is shared by the stores over the same tables. */
export function createMemoryLeases(held: Map<string, AbortController>) {
  const own = new Map<string, AbortController>()
  const give = (name: string, controller: AbortController) => {
    if (held.get(name) === controller) held.delete(name)
    own.delete(name)
  }
  return {
    tryLease(name: string): Lease | null {
      if (held.has(name)) return null
      const controller = new AbortController()
      held.set(name, controller)
      own.set(name, controller)
      return {
        lost: controller.signal,
        async release() {
          give(name, controller)
        },
      }
    },
    /** The session ends: whoever still works under a lease is told. */
    close(): void {
      for (const [name, controller] of [...own]) {
        give(name, controller)
        controller.abort()
      }
    },
  }
}
