import { StartError, until } from '@rollcall/local-process'
import type { Api } from './api.ts'

export type Taint = { readonly key: string; readonly value?: string; readonly effect: string }

export type NodeOptions = {
  readonly labels?: Readonly<Record<string, string>>
  readonly taints?: readonly Taint[]
  readonly unschedulable?: boolean
  /** What pods can ask for; default: plenty of all (1k CPUs, 1Ti, 10k pods). */
  readonly allocatable?: Readonly<Record<string, string>>
  /** Resolve when the nodes are there but still tainted not-ready. Default: when they are ready and untainted. */
  readonly awaitReady?: boolean
}

/** A thousand nodes on two cores take half a minute until node-lifecycle has untainted them. */
const readyMsMax = 300_000
/** One look lists all nodes: seldom, or the looking slows down what it waits for. */
const lookEveryMs = 300
const plenty = { cpu: '1k', memory: '1Ti', pods: '10k' }
const notReadyTaint = 'node.kubernetes.io/not-ready'

type NodeList = {
  readonly items: readonly {
    readonly metadata: { readonly name: string }
    readonly spec: { readonly taints?: readonly Taint[] }
  }[]
}

/** Creates nodes `node-1`, `node-2`, … behind those there are, or of the names given. @returns their names */
export async function addNodes(
  api: Api,
  nodes: number | readonly string[],
  options: NodeOptions = {},
): Promise<string[]> {
  const names = typeof nodes === 'number' ? await nextNames(api, nodes) : [...nodes]
  // All at once: the connections of `api` are the limit.
  await Promise.all(
    names.map(async name => {
      const answer = await api.post('/api/v1/nodes', nodeOf(name, options))
      if (answer.status === 201) return
      throw new StartError({ code: 'refused', what: `Node ${name} was not created: ${answer.status} ${answer.body}` })
    }),
  )
  if (options.awaitReady !== false) await awaitReady(api, new Set(names))
  return names
}

async function nextNames(api: Api, count: number): Promise<string[]> {
  const numbers = (await listNodes(api)).items.map(node => Number(/^node-(\d+)$/.exec(node.metadata.name)?.[1] ?? 0))
  const last = numbers.reduce((most, number) => Math.max(most, number), 0)
  return Array.from({ length: count }, (_, index) => `node-${last + index + 1}`)
}

async function awaitReady(api: Api, names: ReadonlySet<string>): Promise<void> {
  const ready = async (): Promise<number> =>
    (await listNodes(api)).items.filter(
      node => names.has(node.metadata.name) && !node.spec.taints?.some(taint => taint.key === notReadyTaint),
    ).length
  if (await until(async () => (await ready()) >= names.size, { msMax: readyMsMax, everyMs: lookEveryMs })) return
  throw new StartError({
    code: 'not-ready',
    what: `Only ${await ready()} of ${names.size} new nodes lost the taint ${notReadyTaint} within ${readyMsMax / 1000} s`,
    mend: 'The node-lifecycle-controller removes it: does it run, and does something renew the leases?',
  })
}

/** From the API server's cache (resourceVersion=0): asked often while nodes are awaited. */
export async function listNodes(api: Api): Promise<NodeList> {
  const answer = await api.get('/api/v1/nodes?resourceVersion=0')
  if (answer.status !== 200)
    throw new StartError({ code: 'refused', what: `Nodes cannot be listed: ${answer.status} ${answer.body}` })
  return JSON.parse(answer.body) as NodeList
}

/** As a kubelet registers it: ready at once, so that nothing waits for a first heartbeat. */
function nodeOf(name: string, options: NodeOptions): unknown {
  const now = new Date().toISOString().replace(/\.\d+Z$/, 'Z')
  const allocatable = options.allocatable ?? plenty
  const condition = (type: string, status: string, reason: string) => ({
    type,
    status,
    reason,
    message: '',
    lastHeartbeatTime: now,
    lastTransitionTime: now,
  })
  return {
    metadata: {
      name,
      labels: {
        'kubernetes.io/hostname': name,
        'kubernetes.io/os': 'linux',
        'kubernetes.io/arch': 'amd64',
        ...options.labels,
      },
    },
    spec: {
      ...(options.taints === undefined ? {} : { taints: options.taints }),
      ...(options.unschedulable === true ? { unschedulable: true } : {}),
    },
    status: {
      allocatable,
      capacity: allocatable,
      phase: 'Running',
      addresses: [{ type: 'Hostname', address: name }],
      conditions: [
        condition('Ready', 'True', 'KubeletReady'),
        condition('MemoryPressure', 'False', 'KubeletHasSufficientMemory'),
        condition('DiskPressure', 'False', 'KubeletHasNoDiskPressure'),
        condition('PIDPressure', 'False', 'KubeletHasSufficientPID'),
      ],
      nodeInfo: {
        architecture: 'amd64',
        operatingSystem: 'linux',
        kubeletVersion: 'v1.37.2',
        containerRuntimeVersion: 'kwok',
        kernelVersion: '',
        osImage: '',
        kubeProxyVersion: '',
        bootID: '',
        machineID: '',
        systemUUID: '',
      },
    },
  }
}
