import { afterEach } from 'vitest'
import { type Asking, startAsking } from './ask.ts'
import { createFakeStore } from './fake-store.ts'

/** Auditors of a store that knows cluster north, node n1 and DaemonSet fluentd by name; each is stopped when its test ends. */
export function useAsking() {
  let asking: Asking | null = null
  afterEach(async () => {
    await asking?.auditor.stop()
    asking = null
  })
  return async (over: Parameters<typeof createFakeStore>[0] = {}) => {
    const fake = createFakeStore({
      names: async of => (of.kind === 'daemonSet' ? ['fluentd'] : of.kind === 'cluster' ? ['north'] : ['n1']),
      ...over,
    })
    fake.add('north', 'Ticked')
    asking = await startAsking(fake.store)
    return { ...fake, ...asking }
  }
}
