import { readFileSync } from 'node:fs'
import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { join } from 'node:path'
import type { Keep, Part } from '@rollcall/local-process'
import { infraDir } from '../settings.ts'
import { connectApi } from './api.ts'
import type { Users } from './users.ts'

/** How long each may take from its start until it answers, on a machine that does other things too. */
const readyMsMax = 90_000
const stopMsMax = 5_000
/** kube-apiserver waits up to a minute for its watchers before it goes; everything is in etcd, so it need not. */
const apiserverStopMsMax = 1_500

export type Ports = {
  readonly etcd: number
  readonly etcdPeer: number
  readonly apiserver: number
  readonly scheduler: number
  readonly controllerManager: number
  readonly daemonSetController: number
  readonly kwok: number
}

export type Setting = {
  readonly cluster: string
  readonly dir: string
  readonly binary: string
  readonly ports: Ports
  readonly users: Users
  /** What kube-apiserver is told of its audit. */
  readonly auditFlags: readonly string[]
  readonly keep?: Keep | undefined
}

export function etcdPart(setting: Setting): Part {
  const { dir, ports } = setting
  const client = `http://127.0.0.1:${ports.etcd}`
  const peer = `http://127.0.0.1:${ports.etcdPeer}`
  return {
    ...common(setting, 'etcd'),
    command: [
      setting.binary,
      'etcd',
      '--name=infra',
      `--data-dir=${join(dir, 'etcd')}`,
      `--listen-client-urls=${client}`,
      `--advertise-client-urls=${client}`,
      `--listen-peer-urls=${peer}`,
      `--initial-advertise-peer-urls=${peer}`,
      `--initial-cluster=infra=${peer}`,
      // A cluster for tests need not survive a crash of the machine; one of a process it does.
      '--unsafe-no-fsync',
      // 2 GiB are full after some hours of a bench.
      `--quota-backend-bytes=${8 * 1024 ** 3}`,
      '--log-level=warn',
    ],
    answers: () => saysOk(`${client}/readyz`),
  }
}

export function apiserverPart(setting: Setting): Part {
  const { ports, users } = setting
  const server = `https://127.0.0.1:${ports.apiserver}`
  const pki = (name: string): string => join(users.certificates, name)
  return {
    ...common(setting, 'kube-apiserver'),
    stopMsMax: apiserverStopMsMax,
    command: [
      setting.binary,
      'kube-apiserver',
      `--etcd-servers=http://127.0.0.1:${ports.etcd}`,
      '--bind-address=127.0.0.1',
      `--secure-port=${ports.apiserver}`,
      // Endpoints must not hold loopback addresses, and nobody in the cluster looks for the API server there.
      '--advertise-address=127.0.0.1',
      '--endpoint-reconciler-type=none',
      '--service-cluster-ip-range=10.0.0.0/16',
      `--tls-cert-file=${pki('server.crt')}`,
      `--tls-private-key-file=${pki('server.key')}`,
      `--client-ca-file=${pki('ca.crt')}`,
      `--token-auth-file=${users.tokenFile}`,
      '--authorization-mode=RBAC',
      '--service-account-issuer=https://kubernetes.default.svc',
      `--service-account-key-file=${pki('service-account.key')}`,
      `--service-account-signing-key-file=${pki('service-account.key')}`,
      // Pods would need a service account and its token, and a controller that makes them.
      '--disable-admission-plugins=ServiceAccount',
      ...setting.auditFlags,
    ],
    answers: async () => {
      const api = connectApi(server, readFileSync(pki('ca.crt')), users.adminToken)
      try {
        // The system namespaces are made after it calls itself ready.
        const paths = ['/readyz', '/api/v1/namespaces/default', '/api/v1/namespaces/kube-system']
        const answers = await Promise.all(paths.map(path => api.get(path)))
        return answers.every(answer => answer.status === 200)
      } finally {
        api.close()
      }
    },
  }
}

export async function schedulerPart(setting: Setting, kubeconfig: string): Promise<Part> {
  return {
    ...common(setting, 'kube-scheduler'),
    command: [
      setting.binary,
      'kube-scheduler',
      `--kubeconfig=${kubeconfig}`,
      '--leader-elect=false',
      '--kube-api-qps=2000',
      '--kube-api-burst=4000',
      ...servingFlags(setting, setting.ports.scheduler),
    ],
    answers: () => saysOk(`https://127.0.0.1:${setting.ports.scheduler}/readyz`),
  }
}

export type ControllerManagerOptions = {
  readonly name: string
  readonly port: number
  readonly kubeconfig: string
  readonly controllers: readonly string[]
  /** Requests a second; 0 or less: no limit; absent: Kubernetes' own default limits. */
  readonly qps?: number | undefined
  readonly nodeMonitorGraceSeconds?: number | undefined
}

export function controllerManagerPart(setting: Setting, options: ControllerManagerOptions): Part {
  const { qps, nodeMonitorGraceSeconds: grace } = options
  return {
    ...common(setting, options.name),
    command: [
      setting.binary,
      'kube-controller-manager',
      `--kubeconfig=${options.kubeconfig}`,
      `--controllers=${options.controllers.join(',')}`,
      '--leader-elect=false',
      '--use-service-account-credentials=false',
      ...(qps === undefined
        ? []
        : qps <= 0
          ? ['--kube-api-qps=-1']
          : [`--kube-api-qps=${qps}`, `--kube-api-burst=${Math.ceil(qps * 2)}`]),
      // Sooner than every 5 s: tests wait for what follows from it.
      '--node-monitor-period=1s',
      ...(grace === undefined ? [] : [`--node-monitor-grace-period=${grace}s`]),
      ...servingFlags(setting, options.port),
    ],
    answers: () => saysOk(`https://127.0.0.1:${options.port}/healthz`),
  }
}

export function kwokPart(setting: Setting, kwok: string, kubeconfig: string, leaseSeconds: number): Part {
  const address = `127.0.0.1:${setting.ports.kwok}`
  return {
    ...common(setting, 'kwok'),
    command: [
      kwok,
      `--kubeconfig=${kubeconfig}`,
      `--config=${join(infraDir, 'control-plane/kwok/stages.yaml')}`,
      '--manage-all-nodes',
      `--node-lease-duration-seconds=${leaseSeconds}`,
      '--cidr=10.128.0.0/9',
      '--node-ip=127.0.0.1',
      `--server-address=${address}`,
      // It tells every lease of every node otherwise.
      '--v=WARN',
    ],
    answers: () => saysOk(`http://${address}/healthz`),
  }
}

function common(setting: Setting, name: string) {
  return {
    name: `${setting.cluster}/${name}`,
    cwd: setting.dir,
    logFile: join(setting.dir, `${name}.log`),
    stopSignal: 'SIGTERM',
    stopMsMax,
    readyMsMax,
    keep: setting.keep,
  } as const
}

function servingFlags({ users }: Setting, port: number): string[] {
  return [
    '--bind-address=127.0.0.1',
    `--secure-port=${port}`,
    // Else each makes a certificate of its own at every start, which takes as long as the rest.
    `--tls-cert-file=${join(users.certificates, 'server.crt')}`,
    `--tls-private-key-file=${join(users.certificates, 'server.key')}`,
  ]
}

/** One look at a health address of loopback, whose certificate is not the question here. */
function saysOk(address: string): Promise<boolean> {
  const url = new URL(address)
  const request = url.protocol === 'https:' ? httpsRequest : httpRequest
  return new Promise(resolve => {
    const sent = request(url, { rejectUnauthorized: false, timeout: 2_000, agent: false }, response => {
      response.resume()
      resolve(response.statusCode === 200)
    })
    sent.once('timeout', () => sent.destroy(new Error('no answer')))
    sent.once('error', () => resolve(false))
    sent.end()
  })
}
