import { execFile, execFileSync, spawn } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { connectClusters, type KubeObject } from '@rollcall/kube'
import { createMemoryLogger, systemClock, systemTimers } from '@rollcall/service'
import { type Call, createSimulatedCluster, demoClusters, populate } from '@rollcall/simulator'
import { serveApi } from '@rollcall/simulator/http'
import { afterAll, afterEach, expect, test } from 'vitest'
import { type Embedded, type EmbeddedCluster, type EmbeddedOptions, startEmbedded, type UpFile } from './index.ts'

const dir = mkdtempSync(join(tmpdir(), 'embedded-int-'))
const patienceMs = 60_000
let running: Embedded[] = []
let folders = 0
const freshFolder = () => join(dir, `data-${folders++}`)

afterEach(async () => {
  await Promise.all(running.map(embedded => embedded.stop()))
  running = []
})
afterAll(async () => {
  try {
    await nothingRuns(dir)
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
})

async function up(options: Partial<EmbeddedOptions> & Pick<EmbeddedOptions, 'dataDir'>): Promise<Embedded> {
  const embedded = await startEmbedded({ clusters: { kind: 'simulated', names: ['amsterdam'] }, ...options })
  running.push(embedded)
  return embedded
}

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const giveUpAt = performance.now() + patienceMs
  while (!(await holds())) {
    if (performance.now() > giveUpAt) throw new Error(`not within ${patienceMs} ms: ${what}`)
    await new Promise(resolve => setTimeout(resolve, 100))
  }
}

function apiOf({ kubeconfig, context }: EmbeddedCluster) {
  const [api] = connectClusters([{ file: kubeconfig, ...(context === null ? {} : { context }) }])
  if (!api) throw new Error('unreachable')
  return api
}

/** Nothing is left that has to do with this folder. The guard of a process ends by itself, a moment after it. */
const nothingRuns = (path: string) => until(`nothing runs in ${path}`, async () => processesOf(path).length === 0)

function processesOf(path: string): string[] {
  return execFileSync('ps', ['-eo', 'pid=,args='], { encoding: 'utf8' })
    .split('\n')
    .filter(line => line.includes(path) && !line.includes('ps -eo'))
}

/** For nodes with an SSD. */
const storageAgent: KubeObject = {
  apiVersion: 'apps/v1',
  kind: 'DaemonSet',
  metadata: { name: 'storage-agent' },
  spec: {
    selector: { matchLabels: { app: 'storage-agent' } },
    template: {
      metadata: { labels: { app: 'storage-agent' } },
      spec: {
        nodeSelector: { ssd: 'true' },
        containers: [{ name: 'agent', image: 'registry.example/storage-agent:1' }],
      },
    },
  },
}

type Placed = { readonly name: string; readonly uid: string; readonly node: string }

/** The pods of DaemonSets, as the API shows them. */
async function pods(cluster: EmbeddedCluster): Promise<readonly Placed[]> {
  const api = apiOf(cluster)
  try {
    const { items } = await api.list('Pod', { limit: 500 })
    return items
      .map(pod => {
        const { metadata, spec } = pod as unknown as {
          metadata: { name: string; uid: string }
          spec: { nodeName?: string }
        }
        return { name: metadata.name, uid: metadata.uid, node: spec.nodeName ?? '' }
      })
      .sort((a, b) => a.name.localeCompare(b.name))
  } finally {
    await api.close()
  }
}

async function nodesWith(cluster: EmbeddedCluster, label: string, value: string): Promise<readonly string[]> {
  const api = apiOf(cluster)
  try {
    const { items } = await api.list('Node', { limit: 500 })
    return items
      .map(node => (node as unknown as { metadata: { name: string; labels?: Record<string, string> } }).metadata)
      .filter(({ labels }) => labels?.[label] === value)
      .map(({ name }) => name)
      .sort()
  } finally {
    await api.close()
  }
}

async function isSettled(embedded: Embedded, name: string): Promise<boolean> {
  const { clusters } = await embedded.overview()
  const found = clusters.flatMap(({ daemonSets }) => daemonSets).filter(daemonSet => daemonSet.name === name)
  return found.length > 0 && found.every(({ settled, desired }) => settled && desired > 0)
}

function first(embedded: Embedded): EmbeddedCluster {
  const [cluster] = embedded.clusters
  if (!cluster) throw new Error('no cluster')
  return cluster
}

test('a DaemonSet applied through the API gets one pod per eligible node; after a restart all is as it was', async () => {
  const dataDir = freshFolder()
  const phases: string[] = []
  const before = await up({
    dataDir,
    creationRate: { count: 500, perMs: 1_000 },
    onProgress: ({ phase, state }) => phases.push(`${phase} ${state}`),
  })
  expect(phases).toEqual(
    ['folder', 'postgres', 'schema', 'clusters', 'services'].flatMap(phase => [`${phase} begun`, `${phase} done`]),
  )
  expect((await before.health()).checks).toMatchObject({ log: 'ok', store: 'ok', streams: 'ok' })

  const api = apiOf(first(before))
  await api.create('DaemonSet', 'default', storageAgent)
  await api.close()
  await until('all pods are ready', () => isSettled(before, 'storage-agent'))
  const { auditorUrl } = before
  const observed = await fetch(`${auditorUrl}/api/v1/events?type=ClusterIdentified`)
  expect(await observed.json()).toMatchObject({
    items: before.clusters.map(() => ({ event: { creationRate: { count: 500, perMs: 1_000 } } })),
  })
  const nodes = await nodesWith(first(before), 'ssd', 'true')
  const placed = await pods(first(before))
  expect(nodes.length).toBeGreaterThan(1)
  expect(placed.map(({ node }) => node).sort()).toEqual(nodes)

  // Others find it by its file, which is nobody else's to read.
  const upFile = JSON.parse(readFileSync(join(dataDir, 'up.json'), 'utf8')) as UpFile
  expect(upFile).toMatchObject({ pid: process.pid, auditorUrl: before.auditorUrl, clusters: before.clusters })
  expect(statSync(join(dataDir, 'up.json')).mode & 0o077).toBe(0)
  expect(statSync(first(before).kubeconfig).mode & 0o077).toBe(0)
  const answer = await fetch(`${upFile.auditorUrl}/api/v1/placements`)
  expect(((await answer.json()) as { items: unknown[] }).items.length).toBe(nodes.length)

  await before.stop()
  await before.stop()
  expect(existsSync(join(dataDir, 'up.json'))).toBe(false)
  await nothingRuns(dataDir)

  const after = await up({ dataDir })
  expect(await pods(first(after))).toEqual(placed)
  await until('it is settled again', () => isSettled(after, 'storage-agent'))
  // Nothing was made anew.
  expect(await pods(first(after))).toEqual(placed)

  // And it goes on working: a pod that is deleted comes back.
  const [victim] = placed
  const again = apiOf(first(after))
  await again.delete({ resource: 'Pod', namespace: 'default', name: victim?.name ?? '' }, {})
  await again.close()
  await until('the node has another pod', async () => {
    const now = await pods(first(after))
    return now.length === nodes.length && now.some(({ node, uid }) => node === victim?.node && uid !== victim.uid)
  })
})

test('what the user of this machine asks for is on record in that user’s name, and holds from then on', async () => {
  const dataDir = freshFolder()
  const embedded = await up({ dataDir })
  const { token, auditorUrl } = JSON.parse(readFileSync(join(dataDir, 'up.json'), 'utf8')) as UpFile
  const modes = async (url: string) => {
    const { items } = (await (await fetch(`${url}/api/v1/clusters`)).json()) as { items: { mode: string }[] }
    return items.map(({ mode }) => mode)
  }
  const ask = (bearer: string) =>
    fetch(`${auditorUrl}/api/v1/clusters/amsterdam/mode`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${bearer}`, 'idempotency-key': 'k1' },
      body: JSON.stringify({ mode: 'observe' }),
    })
  await until('the cluster is on record', async () => (await modes(auditorUrl)).length > 0)
  expect((await ask('other')).status).toBe(401)
  const answers = [await ask(token), await ask(token)]
  const intents = await Promise.all(answers.map(answer => answer.json()))
  expect(intents[0]).toMatchObject({ intent: 'k1', type: 'ModeRequested', user: userInfo().username })
  expect(intents[1]).toEqual(intents[0])
  expect(await modes(auditorUrl)).toEqual(['observe'])
  // The next start’s own word is not heard: somebody has asked.
  await embedded.stop()
  const again = await up({ dataDir })
  expect(await modes(again.auditorUrl)).toEqual(['observe'])
})

test('after the process was killed, it starts again on the same data, and no process was left behind', async () => {
  const dataDir = freshFolder()
  const program = `
    import { startEmbedded } from ${JSON.stringify(join(import.meta.dirname, 'index.ts'))}
    const embedded = await startEmbedded({
      dataDir: ${JSON.stringify(dataDir)},
      clusters: { kind: 'simulated', names: ['amsterdam'], example: true },
    })
    const isSettled = async () => (await embedded.overview()).clusters[0].daemonSets[0]?.ready > 0
    while (!(await isSettled())) await new Promise(resolve => setTimeout(resolve, 100))
    console.log('ready')
  `
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await new Promise<void>((resolve, reject) => {
    child.stdout.once('data', () => resolve())
    child.once('exit', code => reject(new Error(`it ended with ${code}`)))
  })
  child.kill('SIGKILL')
  await until('its Postgres has ended', async () => processesOf(dataDir).length === 0)
  const after = await up({ dataDir, clusters: { kind: 'simulated', names: ['amsterdam'] } })
  await until('all pods are ready', () => isSettled(after, 'fluentd'))
  const placed = await pods(first(after))
  expect(new Set(placed.map(({ node }) => node)).size).toBe(placed.length)
})

test('a process that has stopped it ends at once: nothing holds it up', async () => {
  const program = `
    import { startEmbedded } from ${JSON.stringify(join(import.meta.dirname, 'index.ts'))}
    const embedded = await startEmbedded({ dataDir: null, clusters: { kind: 'simulated', example: true } })
    await embedded.overview()
    await embedded.stop()
    console.log(process.getActiveResourcesInfo().filter(kind => kind === 'Timeout').length)
  `
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program])
  expect(stdout.trim()).toBe('0')
})

test('a folder that another one holds is refused, and the other goes on', async () => {
  const dataDir = freshFolder()
  const holder = await up({ dataDir })
  const refused = startEmbedded({ dataDir, clusters: { kind: 'simulated' } })
  await expect(refused).rejects.toMatchObject({ name: 'EmbeddedError', code: 'folder-held' })
  await expect(refused).rejects.toThrow(`another rollcall (pid ${process.pid}) runs on ${dataDir}`)
  expect((await holder.health()).ready).toBe(true)
})

// With the token that may do everything a write would come through; with the other one it would be refused, and lamented.
test.for(['admin', 'view'] as const)(
  'observe mode writes nothing, and asks for no right to (%s token); where the cluster does otherwise, it says so',
  async token => {
    // A cluster of somebody else's.
    const cluster = createSimulatedCluster({ name: 'theirs', seed: '7', clock: systemClock, timers: systemTimers })
    const demo = demoClusters[0]
    if (!demo) throw new Error('no demo cluster')
    populate(cluster, demo, '7')
    cluster.start()
    const served = await serveApi({ store: cluster.store, clusterName: 'theirs', faults: cluster.faults })
    const kubeconfig = join(dir, 'theirs.kubeconfig')
    const clusters = { kind: 'kubeconfig', specs: [kubeconfig] } as const
    const podOn = (name: string) =>
      cluster.store.list('pods', null).find(({ spec }) => (spec as { nodeName?: string }).nodeName === name)
    try {
      // Somebody acts in it first: revision and pods are there.
      writeFileSync(kubeconfig, served.kubeconfig('admin'))
      cluster.apply('daemonsets', 'default', storageAgent as never)
      const acting = await up({ dataDir: null, clusters, mode: 'control' })
      await until('its pods are ready', () => isSettled(acting, 'storage-agent'))
      await acting.stop()

      const calls: Call[] = []
      cluster.faults.tell({
        when(call) {
          calls.push(call)
          return false
        },
      })
      writeFileSync(kubeconfig, served.kubeconfig(token))
      const logger = createMemoryLogger()
      const embedded = await up({ dataDir: null, clusters, logger })
      expect(first(embedded)).toMatchObject({ name: 'theirs', kind: 'real', mode: 'observe', server: `${served.url}/` })
      await until('it has seen all', async () => isSettled(embedded, 'storage-agent'))
      expect(await embedded.shadowDifferences({ graceMs: 0 })).toEqual({ items: [], isCut: false })

      // Nobody is its controller now: a pod that goes does not come back, and one that should go stays.
      const [empty = '', relabelled = ''] = await nodesWith(first(embedded), 'ssd', 'true')
      cluster.killPod('default', podOn(empty)?.metadata.name ?? '', 0)
      cluster.labelNode(relabelled, { ssd: null })
      const seen = async () => (await embedded.shadowDifferences({ graceMs: 200 })).items
      await until('the differences are told', async () => (await seen()).length === 2)
      expect([...(await seen())].sort((a, b) => a.decided.localeCompare(b.decided))).toMatchObject([
        { cluster: 'theirs', daemonSet: 'storage-agent', node: empty, decided: 'createPod' },
        { cluster: 'theirs', daemonSet: 'storage-agent', node: relabelled, decided: 'deletePod' },
      ])

      expect(calls.length).toBeGreaterThan(0)
      expect(calls.filter(({ verb }) => !['get', 'list', 'watch'].includes(verb))).toEqual([])
      expect([podOn(empty), podOn(relabelled)?.metadata.deletionTimestamp]).toEqual([undefined, undefined])
      expect(logger.lines.filter(({ level }) => level === 'error' || level === 'warn')).toEqual([])
      // Everything is well although nothing may be written.
      expect(await embedded.health()).toMatchObject({ ready: true })
    } finally {
      await Promise.all(running.map(embedded => embedded.stop()))
      await served.close()
      cluster.stop()
    }
  },
)

test('what keeps nothing leaves nothing', async () => {
  const embedded = await up({ dataDir: null })
  const { dataDir } = embedded
  expect(existsSync(dataDir)).toBe(true)
  await embedded.stop()
  expect(existsSync(dataDir)).toBe(false)
})

test('a story plays, and tells its steps', async () => {
  const told: string[] = []
  const logger = createMemoryLogger()
  const embedded = await up({
    dataDir: null,
    logger,
    clusters: { kind: 'simulated', names: ['amsterdam'], story: 'join-and-leave' },
    onStory: ({ sentence }) => told.push(sentence),
  })
  await until('its first step is told', async () => told.length > 0)
  expect(told[0]).toContain('DaemonSet default/node-agent is created')
  await until('its DaemonSet is rolled out', () => isSettled(embedded, 'node-agent'))
  // Each service keeps its part in its group from the start.
  const assigned = logger.lines.filter(({ message }) => message === 'partitions assigned')
  expect(assigned.length).toBe(2)
})

test('when Postgres ends by itself it is said, and the rest can still be stopped', async () => {
  const dataDir = freshFolder()
  const embedded = await up({ dataDir })
  const pid = Number.parseInt(readFileSync(join(dataDir, 'postgres/data/postmaster.pid'), 'utf8'), 10)
  process.kill(pid, 'SIGKILL')
  expect(await embedded.failed).toMatchObject({ name: 'EmbeddedError', code: 'postgres' })
  expect((await embedded.health()).ready).toBe(false)
  await embedded.stop()
  await nothingRuns(dataDir)
  // And what was kept is there.
  expect((await (await up({ dataDir })).health()).ready).toBe(true)
})

test('a start that is interrupted leaves nothing running', async () => {
  const dataDir = freshFolder()
  const interrupt = new AbortController()
  const starting = startEmbedded({
    dataDir,
    clusters: { kind: 'simulated' },
    signal: interrupt.signal,
    onProgress: ({ phase, state }) => {
      if (phase === 'schema' && state === 'begun') interrupt.abort()
    },
  })
  await expect(starting).rejects.toMatchObject({ code: 'stopped' })
  await nothingRuns(dataDir)
  await up({ dataDir })
})

test.skipIf(!existsSync('/dev/full'))('why a start ended is not hidden by what could not be kept then', async () => {
  const dataDir = freshFolder()
  const interrupt = new AbortController()
  const starting = startEmbedded({
    dataDir,
    clusters: { kind: 'simulated', names: ['amsterdam'] },
    signal: interrupt.signal,
    onProgress: ({ phase, state }) => {
      if (phase !== 'clusters' || state !== 'done') return
      symlinkSync('/dev/full', join(dataDir, 'clusters/amsterdam.json.new'))
      interrupt.abort()
    },
  })
  await expect(starting).rejects.toMatchObject({
    code: 'stopped',
    cause: { errors: [undefined, { code: 'disk-full' }] },
  })
  await nothingRuns(dataDir)
})

async function taken<T>(use: (port: number) => Promise<T>): Promise<T> {
  const server = createServer(socket => socket.destroy())
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  try {
    return await use((server.address() as { port: number }).port)
  } finally {
    await new Promise(resolve => server.close(resolve))
  }
}

test.for(['auditor', 'postgres', 'clusters'] as const)('a port in use (%s) is said in a sentence', async which => {
  const dataDir = freshFolder()
  const phases: string[] = []
  await taken(async port => {
    const refused = startEmbedded({
      dataDir,
      clusters: { kind: 'simulated' },
      ports: { [which]: port },
      onProgress: ({ phase }) => phases.push(phase),
    })
    await expect(refused).rejects.toMatchObject({ name: 'EmbeddedError', code: 'port-in-use' })
    await expect(refused).rejects.toThrow(String(port))
    await expect(refused).rejects.toThrow(/^[^\n]+$/)
    await expect(refused).rejects.not.toThrow(/--host/)
  })
  // What people ask for most is tried before anything takes its time.
  if (which === 'auditor') expect(new Set(phases)).toEqual(new Set(['folder']))
  await nothingRuns(dataDir)
})

test('a folder of another version, a foreign one, and one that cannot be written are refused, and left as they are', async () => {
  const old = freshFolder()
  mkdirSync(old)
  writeFileSync(join(old, 'rollcall.json'), '{"format":0}')
  const foreign = freshFolder()
  mkdirSync(foreign)
  writeFileSync(join(foreign, 'letters.txt'), 'dear')
  const file = freshFolder()
  writeFileSync(file, '')
  const start = (dataDir: string) => startEmbedded({ dataDir, clusters: { kind: 'simulated' } })
  await expect(start(old)).rejects.toMatchObject({ code: 'folder-version' })
  await expect(start(foreign)).rejects.toMatchObject({ code: 'folder-foreign' })
  await expect(start(file)).rejects.toMatchObject({ code: 'folder-access' })
  expect(readFileSync(join(foreign, 'letters.txt'), 'utf8')).toBe('dear')
  if (process.getuid?.() === 0) return
  const closed = freshFolder()
  mkdirSync(closed)
  chmodSync(closed, 0o500)
  await expect(start(closed)).rejects.toMatchObject({ code: 'folder-access' })
})

test('a kubeconfig, a context or a story that is not there is said before it is tried', async () => {
  const start = (clusters: EmbeddedOptions['clusters']) => startEmbedded({ dataDir: null, clusters })
  const missing = start({ kind: 'kubeconfig', specs: [join(dir, 'nowhere')] })
  await expect(missing).rejects.toMatchObject({ code: 'cluster' })
  const story = start({ kind: 'simulated', story: 'of-old' })
  await expect(story).rejects.toMatchObject({ code: 'cluster' })
  await expect(story).rejects.toThrow(/no story "of-old": there are /)
})
