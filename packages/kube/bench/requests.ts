import { Agent, request as httpsRequest } from 'node:https'
import { parseArgs } from 'node:util'
import { CoreV1Api, KubeConfig } from '@kubernetes/client-node'
import { type ClusterApi, connectClusters, type KubeObject, nodeFacts, podFacts } from '../src/index.ts'

/**
 * CPU of this process per 1,000 pod creates and deletes against a real API server: ours, plain node:https, and the
 * generated client; then of listing and slimming what is there. Creates pods that no scheduler may bind.
 */
const { values } = parseArgs({
  options: {
    kubeconfig: { type: 'string' },
    count: { type: 'string', default: '1000' },
    concurrency: { type: 'string', default: '32' },
    namespace: { type: 'string', default: 'default' },
    only: { type: 'string', default: 'ours,https,generated,list' },
    help: { type: 'boolean', default: false },
  },
})
if (values.help || values.kubeconfig === undefined) {
  console.log(
    'node packages/kube/bench/requests.ts --kubeconfig FILE [--count 1000] [--concurrency 32] [--only ours,https,generated,list]',
  )
  process.exit(values.help ? 0 : 2)
}
const count = Number(values.count)
const { namespace, kubeconfig: file } = values
const only = values.only.split(',')

const podOf = (name: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, generateName: 'bench-', labels: { app: 'bench', 'controller-revision-hash': '74b45fcf6b' } },
  spec: {
    schedulerName: 'nobody',
    automountServiceAccountToken: false,
    containers: [
      {
        name: 'main',
        image: 'fluentd:1',
        env: Array.from({ length: 12 }, (_, index) => ({ name: `V${index}`, value: `value ${index}` })),
        resources: { requests: { cpu: '100m', memory: '200Mi' } },
      },
    ],
    tolerations: [{ operator: 'Exists' }],
  },
})

/** Runs `count` jobs, so many at a time, and tells what they cost this process. */
async function measure(what: string, job: (index: number) => Promise<unknown>): Promise<void> {
  let next = 0
  const startedAt = performance.now()
  const cpu = process.cpuUsage()
  const worker = async () => {
    for (let index = next++; index < count; index = next++) await job(index)
  }
  await Promise.all(Array.from({ length: Number(values.concurrency) }, worker))
  const { user, system } = process.cpuUsage(cpu)
  const seconds = (performance.now() - startedAt) / 1000
  const cpuPer1000 = ((user + system) / 1e6 / count) * 1000
  console.log(`${what}: ${cpuPer1000.toFixed(2)} s CPU per 1,000; ${Math.round(count / seconds)}/s`)
}

const api = connectClusters([{ file }])[0] as ClusterApi
const config = new KubeConfig()
config.loadFromFile(file)
await api.identify()

if (only.includes('ours')) {
  await measure('ours, create', index => api.create('Pod', namespace, podOf(`bench-a-${index}`)))
  if (only.includes('list')) await listAndSlim()
  await measure('ours, delete', index => api.delete({ resource: 'Pod', namespace, name: `bench-a-${index}` }, {}))
}
if (only.includes('https')) {
  const send = await plainHttps()
  await measure('node:https, create', index => send('POST', '', podOf(`bench-b-${index}`)))
  await measure('node:https, delete', index => send('DELETE', `/bench-b-${index}`, {}))
}
if (only.includes('generated')) {
  const generated = config.makeApiClient(CoreV1Api)
  await measure('generated client, create', index =>
    generated.createNamespacedPod({ namespace, body: podOf(`bench-c-${index}`) as never }),
  )
  await measure('generated client, delete', index =>
    generated.deleteNamespacedPod({ namespace, name: `bench-c-${index}` }),
  )
}
await api.close()
process.exit(0)

async function plainHttps() {
  const options: { ca?: Buffer; cert?: Buffer; key?: Buffer; headers?: Record<string, string> } = {}
  await config.applyToHTTPSOptions(options)
  const agent = new Agent({ ...options, keepAlive: true, maxSockets: 64 })
  const server = config.getCurrentCluster()?.server ?? ''
  return (method: string, path: string, body: object) =>
    new Promise<unknown>((resolve, reject) => {
      const text = JSON.stringify(body)
      const headers = {
        ...options.headers,
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(text),
      }
      const url = `${server}/api/v1/namespaces/${namespace}/pods${path}`
      const request = httpsRequest(url, { method, agent, headers }, response => {
        const chunks: Buffer[] = []
        response.on('data', chunk => chunks.push(chunk))
        response.on('end', () => resolve(JSON.parse(Buffer.concat(chunks).toString('utf8'))))
        response.on('error', reject)
      })
      request.on('error', reject)
      request.end(text)
    })
}

async function listAndSlim(): Promise<void> {
  for (const [kind, facts] of [
    ['Node', nodeFacts],
    ['Pod', podFacts],
  ] as const) {
    const cpu = process.cpuUsage()
    let objects = 0
    for (let next: string | null = null; ; ) {
      const page = await api.list(kind, { limit: 500, next })
      for (const object of page.items) facts(object)
      objects += page.items.length
      next = page.next
      if (next === null) break
    }
    const { user, system } = process.cpuUsage(cpu)
    console.log(
      `list and slim ${objects} ${kind}: ${((user + system) / 1000 / Math.max(1, objects)).toFixed(3)} ms CPU each`,
    )
  }
}
