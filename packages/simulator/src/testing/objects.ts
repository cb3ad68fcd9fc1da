import { createManualTime, type ManualTime } from '@rollcall/service'
import { createRandom } from '../cluster/random.ts'
import { createObjectStore, type ObjectStoreOptions } from '../objects/create-object-store.ts'
import { ApiStatusError, type Draft, type KubeObject, type ObjectStore } from '../objects/object-store.ts'

export function aStore(options: Partial<ObjectStoreOptions> = {}): {
  readonly store: ObjectStore
  readonly time: ManualTime
} {
  const time = createManualTime(Date.parse('2026-01-01T00:00:00Z'))
  return { store: createObjectStore({ clock: time.clock, random: createRandom('test'), ...options }), time }
}

export const containers = [{ name: 'app', image: 'registry.example/app:1' }]

export const aPod = (name: string, spec: object = {}, metadata: object = {}): Draft => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, ...metadata },
  spec: { containers, ...spec },
})

export const aNamespace = (name: string): Draft => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })

export const aDaemonSet = (name: string, spec: object = {}, metadata: object = {}): Draft => ({
  apiVersion: 'apps/v1',
  kind: 'DaemonSet',
  metadata: { name, ...metadata },
  spec: {
    selector: { matchLabels: { a: 'b' } },
    template: { metadata: { labels: { a: 'b' } }, spec: { containers } },
    ...spec,
  },
})

/** As an object that was stored: for functions that look at one. */
export function stored(draft: Draft, metadata: object = {}): KubeObject {
  return {
    ...draft,
    metadata: {
      name: '',
      namespace: 'default',
      uid: 'u',
      resourceVersion: '1',
      creationTimestamp: '2026-01-01T00:00:00Z',
      ...draft.metadata,
      ...metadata,
    },
  } as KubeObject
}

/** What is said when it is refused. @throws when it is not */
export function refusal(run: () => unknown): Pick<ApiStatusError, 'code' | 'reason' | 'message' | 'details'> {
  try {
    run()
  } catch (error) {
    if (!(error instanceof ApiStatusError)) throw error
    const { code, reason, message, details } = error
    return { code, reason, message, details }
  }
  throw new Error('it was not refused')
}
