import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AppsV1Api, KubeConfig } from '@kubernetes/client-node'
import { type ClusterApi, connectClusters, type ListWatchEvent, listWatch } from '@rollcall/kube'
import { systemClock, systemTimers } from '@rollcall/service'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { daemonSet, type Served, served } from './testing/served.ts'

// The clients that Rollcall and others use, unchanged.

let server: Served
let dir: string
let file: string
let api: ClusterApi

beforeEach(async () => {
  server = await served()
  dir = mkdtempSync(join(tmpdir(), 'rollcall-simulator-'))
  file = join(dir, 'kubeconfig')
  writeFileSync(file, server.api.kubeconfig())
  const [connected] = connectClusters([{ file }])
  if (connected === undefined) throw new Error('the kubeconfig has no cluster')
  api = connected
})
afterEach(async () => {
  await api.close()
  await server.close()
  rmSync(dir, { recursive: true })
})

test('packages/kube: identity, rights, and every kind of write', async () => {
  expect(await api.identify()).toEqual({ clusterUid: server.store.clusterUid, serverVersion: 'v1.37.2' })
  expect(await api.missingRights([{ verb: 'delete', resource: 'pods', group: '' }])).toEqual([])
  const address = { resource: 'DaemonSet', namespace: 'default', name: 'a' } as const
  const created = await api.create('DaemonSet', 'default', daemonSet('a'))
  expect(created.kind).toBe('PartialObjectMetadata')
  await api.patch(address, 'merge', { metadata: { labels: { x: 'y' } } })
  await api.patch({ ...address, subresource: 'status' }, 'merge', { status: { numberReady: 3 } })
  expect(await api.get(address)).toMatchObject({ metadata: { labels: { x: 'y' } }, status: { numberReady: 3 } })
  await expect(api.delete(address, { uid: 'another' })).rejects.toMatchObject({ code: 409 })
  await api.delete(address, { uid: String((created.metadata as { uid: string }).uid) })
  await expect(api.get(address)).rejects.toMatchObject({ code: 404 })
})

test('packages/kube: a list-watch survives cut watches and a forgotten history', async () => {
  server.store.create('daemonsets', 'default', daemonSet('a'))
  const stop = new AbortController()
  const seen: string[] = []
  const waiting = new Set<() => void>()
  const following = (async () => {
    const options = {
      resourceVersion: null,
      signal: stop.signal,
      clock: systemClock,
      timers: systemTimers,
      random: () => 0,
    }
    for await (const event of listWatch(api, 'DaemonSet', { ...options, backOff: { firstMs: 1, msMax: 5 } })) {
      seen.push(...namesIn(event))
      for (const wake of waiting) wake()
    }
  })()
  const until = (name: string) =>
    new Promise<void>(resolve => {
      const look = () => {
        if (!seen.includes(name)) return
        waiting.delete(look)
        resolve()
      }
      waiting.add(look)
      look()
    })
  await until('a')
  server.store.create('daemonsets', 'default', daemonSet('b'))
  await until('b')
  server.faults.cutWatches()
  server.store.create('daemonsets', 'default', daemonSet('c'))
  server.store.compact()
  await until('c')
  stop.abort()
  await following
  expect(seen).toEqual(expect.arrayContaining(['a', 'b', 'c']))
})

function namesIn(event: ListWatchEvent): readonly string[] {
  const objects = event.type === 'page' ? event.objects : event.type === 'put' ? [event.object] : []
  return objects.map(object => (object.metadata as { readonly name: string }).name)
}

test('@kubernetes/client-node: create, list, replace, delete', async () => {
  const config = new KubeConfig()
  config.loadFromFile(file)
  const apps = config.makeApiClient(AppsV1Api)
  const created = await apps.createNamespacedDaemonSet({ namespace: 'default', body: daemonSet('a') })
  expect(created.spec?.updateStrategy?.type).toBe('RollingUpdate')
  const { items } = await apps.listDaemonSetForAllNamespaces()
  expect(items.map(item => item.metadata?.name)).toEqual(['a'])
  const body = { ...created, metadata: { ...created.metadata, labels: { x: 'y' } } }
  const replaced = await apps.replaceNamespacedDaemonSet({ namespace: 'default', name: 'a', body })
  expect(replaced.metadata?.labels).toEqual({ x: 'y' })
  expect((await apps.deleteNamespacedDaemonSet({ namespace: 'default', name: 'a' })).status).toBe('Success')
})
