import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ControlPlane, startControlPlane } from '@rollcall/infra'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { ApiError, type ClusterApi, connectClusters, type KubeObject, systemClock, systemTimers } from '../index.ts'
import { listWatch } from './list-watch.ts'

let directory: string
let cluster: ControlPlane
let api: ClusterApi

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'rollcall-list-watch-int-'))
  cluster = await startControlPlane({ name: 'east', dir: join(directory, 'east') })
  api = connectClusters([{ file: cluster.kubeconfig }])[0] as ClusterApi
})
afterAll(async () => {
  await api?.close()
  await cluster?.stop()
  rmSync(directory, { recursive: true, force: true })
})

/** What a consumer that only folds puts and ends knows. */
function follow(resource: 'Pod' | 'ControllerRevision', silenceMsMax: number, resourceVersion: string | null = null) {
  const stop = new AbortController()
  const known = new Map<string, string>()
  const told: string[] = []
  let expired = 0
  let listed = new Set<string>()
  const nameOf = (object: KubeObject) => (object.metadata as KubeObject).name as string
  const versionOf = (object: KubeObject) => (object.metadata as KubeObject).resourceVersion as string
  const run = async () => {
    for await (const event of listWatch(api, resource, {
      clock: systemClock,
      timers: systemTimers,
      random: Math.random,
      signal: stop.signal,
      resourceVersion,
      silenceMsMax,
    })) {
      told.push(event.type === 'relistStarted' && event.historyReset ? 'historyReset' : event.type)
      if (event.type === 'watchEnded' && event.error instanceof ApiError && event.error.code === 410) expired += 1
      if (event.type === 'relistStarted') listed = new Set()
      if (event.type === 'page') {
        for (const object of event.objects) {
          known.set(nameOf(object), versionOf(object))
          listed.add(nameOf(object))
        }
      }
      if (event.type === 'relistCompleted') for (const name of known.keys()) if (!listed.has(name)) known.delete(name)
      if (event.type === 'put') known.set(nameOf(event.object), versionOf(event.object))
      if (event.type === 'gone') known.delete(nameOf(event.object))
    }
  }
  const done = run()
  return {
    known,
    told,
    /** How often the API server answered that the position is too old. */
    expired: () => expired,
    async end() {
      stop.abort()
      await done
    },
  }
}

const revisionOf = (name: string) => ({
  apiVersion: 'apps/v1',
  kind: 'ControllerRevision',
  metadata: { name },
  revision: 1,
  data: { a: 1 },
})

async function truth(): Promise<Map<string, string>> {
  const page = await api.list('ControllerRevision', { limit: 5000 })
  const metadata = page.items.map(item => item.metadata as KubeObject)
  return new Map(metadata.map(({ name, resourceVersion }) => [name as string, resourceVersion as string]))
}

it('a killed and restarted API server is followed without a gap', async () => {
  const follower = follow('ControllerRevision', 240_000)
  for (let index = 0; index < 20; index++) await api.create('ControllerRevision', 'default', revisionOf(`a-${index}`))
  await expect.poll(() => follower.known.size, { timeout: 20_000 }).toBe(20)
  await cluster.components.apiserver.kill()
  await expect.poll(() => follower.told.includes('unreachable'), { timeout: 20_000 }).toBe(true)
  await cluster.components.apiserver.restart()
  await expect
    .poll(() => api.create('ControllerRevision', 'default', revisionOf('b')).catch(() => null), { timeout: 60_000 })
    .not.toBeNull()
  await api.delete({ resource: 'ControllerRevision', namespace: 'default', name: 'a-3' }, {})
  await expect.poll(() => follower.known, { timeout: 60_000 }).toEqual(await truth())
  expect(follower.told.filter(word => word === 'unreachable')).toHaveLength(1)
  expect(follower.told.filter(word => word === 'reachable')).toHaveLength(1)
  // A restarted API server remembers from its own start on; if anything was written meanwhile, our position is too old.
  expect(follower.told.filter(word => word === 'relistStarted')).toHaveLength(1 + follower.expired())
  await follower.end()
})

it('a frozen API server (half-open connection) is noticed by the silence and followed again', async () => {
  const follower = follow('ControllerRevision', 3_000)
  const before = await truth()
  await expect.poll(() => follower.known, { timeout: 20_000 }).toEqual(before)
  await cluster.components.apiserver.kill('SIGSTOP')
  await expect.poll(() => follower.told.includes('watchEnded'), { timeout: 20_000 }).toBe(true)
  await cluster.components.apiserver.kill('SIGCONT')
  await expect
    .poll(() => api.create('ControllerRevision', 'default', revisionOf('c')).catch(() => null), { timeout: 60_000 })
    .not.toBeNull()
  await expect.poll(() => follower.known.has('c'), { timeout: 60_000 }).toBe(true)
  await follower.end()
})

it('a position that is too old is answered by 410, one ahead of history by a reset; both list', async () => {
  // A fresh API server remembers what it has seen itself; one that started later does not know the beginning.
  await cluster.components.apiserver.restart()
  const old = follow('Pod', 240_000, '1')
  await expect
    .poll(() => old.told.slice(0, 4), { timeout: 20_000 })
    .toEqual(['watchStarted', 'watchEnded', 'relistStarted', 'page'])
  await old.end()
  const ahead = follow('Pod', 240_000, '999999999')
  await expect
    .poll(() => ahead.told.slice(0, 3), { timeout: 20_000 })
    .toEqual(['historyReset', 'page', 'relistCompleted'])
  await ahead.end()
})
