import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { until } from '@rollcall/local-process'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { processUsage } from '../process/usage.ts'
import { leftBehind } from '../testing/leftovers.ts'
import { missingTools } from '../tools.ts'
import { type Api, connectApi } from './api.ts'
import { type ControlPlane, startControlPlane } from './start-control-plane.ts'

const withoutGo = (await missingTools()).some(each => each.tool === 'go')
const soon = { msMax: 60_000, everyMs: 100 }

describe.skipIf(withoutGo)('a control plane', () => {
  const dir = mkdtempSync(join(tmpdir(), 'control-plane-int-'))
  const clusterDir = join(dir, 'east')
  let cluster: ControlPlane
  let admin: Api

  beforeAll(async () => {
    cluster = await startControlPlane({ name: 'east', dir: clusterDir, daemonSetController: true })
    admin = await apiFor('admin')
    await cluster.addNodes(3, { labels: { tier: 'edge' } })
  })
  afterAll(async () => {
    admin.close()
    await cluster.stop()
    const left = await leftBehind(dir)
    rmSync(dir, { recursive: true })
    expect(left).toEqual([])
  })

  async function apiFor(user: string, groups?: readonly string[]): Promise<Api> {
    const file = readFileSync(await cluster.kubeconfigFor(user, groups), 'utf8')
    const field = (name: string): string | undefined => new RegExp(`${name}: (\\S+)`).exec(file)?.[1]
    const decoded = (name: string): Buffer => Buffer.from(field(name) ?? '', 'base64')
    const authority = decoded('certificate-authority-data')
    const token = field('token')
    if (token !== undefined) return connectApi(cluster.url, authority, token)
    const certificate = { cert: decoded('client-certificate-data'), key: decoded('client-key-data') }
    return connectApi(cluster.url, authority, null, certificate)
  }

  async function listed(
    path: string,
  ): Promise<
    { metadata: { name: string; labels?: object }; spec: { nodeName?: string }; status: { phase?: string } }[]
  > {
    return JSON.parse((await admin.get(path)).body).items
  }

  async function createDaemonSet(name: string, labels: Readonly<Record<string, string>> = {}): Promise<void> {
    const answer = await admin.post('/apis/apps/v1/namespaces/default/daemonsets', {
      metadata: { name },
      spec: {
        selector: { matchLabels: { app: name } },
        template: {
          metadata: { labels: { app: name, ...labels } },
          spec: { containers: [{ name: 'main', image: 'nothing' }] },
        },
      },
    })
    expect(answer.status).toBe(201)
  }

  const podsOf = (name: string) => listed(`/api/v1/namespaces/default/pods?labelSelector=app=${name}`)

  test('says the version of Kubernetes it is', async () => {
    expect(JSON.parse((await admin.get('/version')).body)).toMatchObject({
      gitVersion: 'v1.37.2',
      major: '1',
      minor: '37',
    })
  })

  test('has the nodes that were added: labelled, ready, untainted', async () => {
    const nodes = await listed('/api/v1/nodes')
    expect(nodes.map(node => node.metadata.name)).toEqual(['node-1', 'node-2', 'node-3'])
    expect(nodes[0]?.metadata.labels).toMatchObject({ tier: 'edge', 'kubernetes.io/hostname': 'node-1' })
    expect(nodes.every(node => !('taints' in node.spec))).toBe(true)
  })

  test('counts on when nodes are added again, and takes names', async () => {
    expect(await cluster.addNodes(1)).toEqual(['node-4'])
    expect(await cluster.addNodes(['tainted'], { taints: [{ key: 'gpu', effect: 'NoSchedule' }] })).toEqual(['tainted'])
    await expect(cluster.addNodes(['tainted'])).rejects.toThrow(/Node tainted was not created: 409/)
  })

  test('runs the pods of a DaemonSet, which KWOK plays, and removes them with it', async () => {
    await createDaemonSet('agent')
    const running = async (): Promise<number> =>
      (await podsOf('agent')).filter(pod => pod.status.phase === 'Running').length
    expect(await until(async () => (await running()) === 4, soon)).toBe(true)
    await admin.delete('/apis/apps/v1/namespaces/default/daemonsets/agent')
    expect(await until(async () => (await podsOf('agent')).length === 0, soon)).toBe(true)
  })

  test('lets a node go, and come back under its name', async () => {
    const kubelets = cluster.components.kwok?.pid
    await admin.delete('/api/v1/nodes/node-4')
    expect((await listed('/api/v1/nodes')).map(node => node.metadata.name)).not.toContain('node-4')
    await cluster.addNodes(['node-4'])
    await createDaemonSet('returned')
    // KWOK forgets a pod that it hears of before it has heard of the node's return: such a one is made again.
    const running = async (): Promise<boolean> => {
      const pods = (await podsOf('returned')).filter(pod => pod.spec.nodeName === 'node-4')
      if (pods.some(pod => pod.status.phase === 'Running')) return true
      for (const { metadata } of pods)
        await admin.delete(`/api/v1/namespaces/default/pods/${metadata.name}?gracePeriodSeconds=0`)
      return false
    }
    expect(await until(running, { msMax: 180_000, everyMs: 2_000 })).toBe(true)
    expect(cluster.components.kwok?.pid).toBe(kubelets)
  })

  test('leaves alone what is labelled silent', async () => {
    await createDaemonSet('silent', { 'infra.rollcall.dev/kubelet': 'silent' })
    await createDaemonSet('heard')
    const heard = async (): Promise<boolean> =>
      (await podsOf('heard')).filter(pod => pod.status.phase === 'Running').length === 4
    expect(await until(heard, soon)).toBe(true)
    expect(new Set((await podsOf('silent')).map(pod => pod.status.phase))).toEqual(new Set(['Pending']))
  })

  test('lets everybody do what RBAC lets them do', async () => {
    const may = async (user: string, groups?: readonly string[]): Promise<readonly number[]> => {
      const api = await apiFor(user, groups)
      const read = await api.get('/api/v1/nodes')
      const write = await api.delete('/api/v1/nodes/no-such-node')
      api.close()
      return [read.status, write.status]
    }
    expect(await may('admin')).toEqual([200, 404])
    expect(await may('reader')).toEqual([200, 403])
    expect(await may('nobody')).toEqual([403, 403])
    expect(await may('alice')).toEqual([403, 403])
    expect(await may('alice', ['infra:readers'])).toEqual([200, 403])
    expect(await may('bob', ['system:masters'])).toEqual([200, 404])
  })

  test('runs the DaemonSet controller of Kubernetes in a process of its own, which can be stopped and started', async () => {
    const { daemonSetController, controllerManager } = cluster.components
    expect(daemonSetController?.pid).not.toBe(controllerManager.pid)
    await daemonSetController?.stop()
    await createDaemonSet('later')
    await daemonSetController?.restart()
    expect(await until(async () => (await podsOf('later')).length === 4, soon)).toBe(true)
  })

  test.for(['etcd', 'apiserver', 'scheduler', 'controllerManager', 'kwok'] as const)(
    'goes on after kill -9 of its %s',
    async name => {
      const component = cluster.components[name]
      const before = component?.pid
      await component?.kill()
      await component?.restart()
      expect(component?.pid).not.toBe(before)
      const ready = async (): Promise<boolean> => (await admin.get('/readyz')).status === 200
      expect(await until(ready, soon)).toBe(true)
      expect((await listed('/api/v1/nodes')).length).toBe(5)
    },
  )

  test('tells what its processes use', () => {
    const usage = processUsage(cluster.components.apiserver.pid)
    expect(usage?.memoryPeakBytes).toBeGreaterThan(50 * 1024 ** 2)
    expect(usage?.cpuMs).toBeGreaterThan(100)
  })

  test('comes back from its folder, on the same ports with the same objects', async () => {
    const { ports, url } = cluster
    admin.close()
    await cluster.stop()
    cluster = await startControlPlane({ name: 'east', dir: clusterDir, ports, kwok: false })
    expect(cluster.url).toBe(url)
    expect(cluster.components).not.toHaveProperty('kwok')
    expect(cluster.components).not.toHaveProperty('daemonSetController')
    admin = await apiFor('admin')
    expect((await listed('/api/v1/nodes')).length).toBe(5)
  })

  test('that cannot start shows the last lines of the part that failed, and leaves none of the others behind', async () => {
    const failing = join(dir, 'failing')
    const failed = startControlPlane({ name: 'west', dir: failing, controllers: ['no-such-controller'] })
    await expect(failed).rejects.toMatchObject({ name: 'StartError', code: 'exited' })
    await expect(failed).rejects.toThrow(
      /west\/kube-controller-manager ended with code 1[\s\S]*no-such-controller.* is not in the list/,
    )
    expect(await leftBehind(failing)).toEqual([])
  })

  test('runs beside others', async () => {
    const other = await startControlPlane({ name: 'north', dir: join(dir, 'north'), kwok: false })
    expect(other.url).not.toBe(cluster.url)
    await other.stop()
  })
})
