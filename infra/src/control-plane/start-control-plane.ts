import { mkdirSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import type { Running, StartOptions } from '@rollcall/local-process'
import { onFreePorts, type Part, run } from '@rollcall/local-process'
import { grantReaders } from './access.ts'
import { connectApi } from './api.ts'
import { type AuditedRequest, type AuditWebhook, auditFlags, readAudit, webhookFlags } from './audit.ts'
import { controlPlaneBinary, kwokBinary } from './binaries.ts'
import { type Kubectl, kubectlFor } from './kubectl.ts'
import { addNodes, type NodeOptions } from './nodes.ts'
import {
  apiserverPart,
  controllerManagerPart,
  etcdPart,
  kwokPart,
  type Ports,
  type Setting,
  schedulerPart,
} from './parts.ts'
import { prepareUsers } from './users.ts'

export type ControlPlaneOptions = StartOptions & {
  /** The name of the cluster, and of the context in its kubeconfigs. */
  readonly name: string
  /** Absent ones are free ones. */
  readonly ports?: Partial<Ports>
  /**
   * Also run Kubernetes' own DaemonSet controller, in a controller manager of its own (`daemonSetController` among
   * the components): so it can be measured, stopped and started alone. Default: false.
   */
  readonly daemonSetController?: boolean
  /** Give that controller Kubernetes' default client limits (20 requests a second, burst 30). Default: as the others. */
  readonly daemonSetControllerDefaults?: boolean
  /** Requests a second of the controllers; 0 or less: no limit. Default: 2000, which no test has reached. */
  readonly controllerManagerQps?: number
  /** The controllers to run beside it. Default: what nodes, pods and namespaces need to come and go. */
  readonly controllers?: readonly string[]
  /** Play kubelets for all nodes. Default: true. */
  readonly kwok?: boolean
  /** Users whose requests the API server writes down, see `audited`. Default: nobody's. */
  readonly auditUsers?: readonly string[]
  /** Where the API server tells who changes nodes, pods, DaemonSets and revisions; goes without `auditUsers`. Default: nowhere. */
  readonly auditWebhook?: AuditWebhook
  /** After how long without a heartbeat a node counts as unreachable. Default: Kubernetes' own, 50 s. */
  readonly nodeMonitorGraceSeconds?: number
}

export type ControlPlaneComponents = {
  readonly etcd: Running
  readonly apiserver: Running
  readonly scheduler: Running
  readonly controllerManager: Running
  readonly daemonSetController?: Running
  readonly kwok?: Running
}

export type ControlPlane = {
  readonly name: string
  readonly url: string
  readonly ports: Ports
  /** Path of the administrator's kubeconfig. */
  readonly kubeconfig: string
  /**
   * Path of a user's kubeconfig. `admin`, `reader` (reads everything) and `nobody` (no rights) have tokens; any
   * other name, or any with `groups`, gets a client certificate, and the rights that RBAC gives it.
   */
  kubeconfigFor(user: string, groups?: readonly string[]): Promise<string>
  readonly components: ControlPlaneComponents
  /** kubectl as the administrator. @returns what it prints; rejects with what it complains of */
  readonly kubectl: Kubectl
  /** Every request of `auditUsers` that was answered so far, oldest first. */
  audited(): readonly AuditedRequest[]
  /** Adds nodes; resolves when they are ready and untainted. @returns their names */
  addNodes(nodes: number | readonly string[], options?: NodeOptions): Promise<string[]>
  /** Stops everything; etcd last. */
  stop(): Promise<void>
}

const defaultQps = 2000
/** Leases are renewed every quarter of this. Kubernetes' own value. */
const leaseSeconds = 40

/** Enough for nodes, pods and namespaces to come and go, and for the roles that are put together from others. */
const defaultControllers = [
  'namespace-controller',
  'garbage-collector-controller',
  'node-lifecycle-controller',
  'taint-eviction-controller',
  'pod-garbage-collector-controller',
  'clusterrole-aggregation-controller',
]

/** Starts a Kubernetes control plane on loopback. Several can run side by side. @throws StartError */
export async function startControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  const dir = resolve(options.dir)
  if (options.auditWebhook && options.auditUsers)
    throw new TypeError('auditWebhook and auditUsers need different audit policies, of which an API server has one')
  mkdirSync(dir, { recursive: true })
  const [binary, kwok] = [
    await controlPlaneBinary(options.progress),
    options.kwok === false ? null : await kwokBinary(options.progress),
  ]
  const users = await prepareUsers(dir, binary, options.name)
  return onFreePorts({ ...noPorts, ...options.ports }, ports =>
    startOn(
      {
        cluster: options.name,
        dir,
        binary,
        ports,
        users,
        auditFlags: options.auditWebhook
          ? webhookFlags(dir, options.auditWebhook)
          : auditFlags(dir, options.auditUsers ?? []),
        keep: options.keep,
      },
      kwok,
      options,
    ),
  )
}

const noPorts: Readonly<Record<keyof Ports, number | undefined>> = {
  etcd: undefined,
  etcdPeer: undefined,
  apiserver: undefined,
  scheduler: undefined,
  controllerManager: undefined,
  daemonSetController: undefined,
  kwok: undefined,
}

async function startOn(setting: Setting, kwok: string | null, options: ControlPlaneOptions): Promise<ControlPlane> {
  const { users, ports, cluster } = setting
  const url = `https://127.0.0.1:${ports.apiserver}`
  const kubeconfig = await users.kubeconfig(url, 'admin')
  const started: Running[] = []
  const start = async (part: Part): Promise<Running> => {
    const running = await run(part, options.progress)
    started.push(running)
    return running
  }
  try {
    const etcd = await start(etcdPart(setting))
    const apiserver = await start(apiserverPart(setting))
    const api = connectApi(url, readFileSync(join(users.certificates, 'ca.crt')), users.adminToken)
    await grantReaders(api)
    const [scheduler, controllerManager, daemonSetController, kubelets] = await allOf([
      start(await schedulerPart(setting, await users.kubeconfig(url, 'system:kube-scheduler'))),
      start(controllerManagerPart(setting, await mainControllers(setting, url, options))),
      options.daemonSetController === true
        ? start(controllerManagerPart(setting, await daemonSetControllers(setting, url, options)))
        : undefined,
      kwok === null ? undefined : start(kwokPart(setting, kwok, await users.kubeconfig(url, 'kwok'), leaseSeconds)),
    ])
    options.progress?.(`${cluster} is up at ${url}`)
    return {
      name: cluster,
      url,
      ports,
      kubeconfig,
      kubeconfigFor: (user, groups) => users.kubeconfig(url, user, groups),
      components: {
        etcd,
        apiserver,
        scheduler,
        controllerManager,
        ...(daemonSetController === undefined ? {} : { daemonSetController }),
        ...(kubelets === undefined ? {} : { kwok: kubelets }),
      },
      audited: () => readAudit(setting.dir),
      kubectl: kubectlFor(join(dirname(setting.binary), 'kubectl'), kubeconfig),
      addNodes: (nodes, nodeOptions) => addNodes(api, nodes, nodeOptions),
      stop: async () => {
        api.close()
        await stopAll(started)
      },
    }
  } catch (error) {
    await stopAll(started)
    throw error
  }
}

/** As Promise.all, but when one fails the others are waited for: so that all that was started is known, and stopped. */
async function allOf<Steps extends readonly unknown[]>(
  steps: [...Steps],
): Promise<{ [Step in keyof Steps]: Awaited<Steps[Step]> }> {
  await Promise.allSettled(steps)
  return Promise.all(steps)
}

/** Clients first, then the API server, then etcd: so none of them logs that the other is gone. */
async function stopAll(started: readonly Running[]): Promise<void> {
  const [etcd, apiserver, ...clients] = started
  await Promise.all(clients.map(client => client.stop()))
  await apiserver?.stop()
  await etcd?.stop()
}

async function mainControllers(setting: Setting, url: string, options: ControlPlaneOptions) {
  return {
    name: 'kube-controller-manager',
    port: setting.ports.controllerManager,
    kubeconfig: await setting.users.kubeconfig(url, 'system:kube-controller-manager'),
    controllers: options.controllers ?? defaultControllers,
    qps: options.controllerManagerQps ?? defaultQps,
    nodeMonitorGraceSeconds: options.nodeMonitorGraceSeconds,
  }
}

async function daemonSetControllers(setting: Setting, url: string, options: ControlPlaneOptions) {
  return {
    name: 'daemonset-controller',
    port: setting.ports.daemonSetController,
    kubeconfig: await setting.users.kubeconfig(url, 'system:kube-controller-manager'),
    controllers: ['daemonset-controller'],
    ...(options.daemonSetControllerDefaults === true ? {} : { qps: options.controllerManagerQps ?? defaultQps }),
  }
}
