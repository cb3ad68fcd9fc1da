import { randomBytes } from 'node:crypto'
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ControlPlane, freePort, startControlPlane, startKafka, startPostgres } from '@rollcall/infra'
import { migrate } from '@rollcall/store'
import { expectCapturesReplay, expectDatabaseReplays } from '../../support/expect-replay.ts'
import { type ServiceName, type ServiceProcess, serviceNames, serviceProcess } from '../../support/service-process.ts'
import { accountOf, applyRights } from './service-accounts.ts'

export type { ServiceName }

/** One process of a service, that a test can kill and start again. */
export type Service = ServiceProcess & { log(): string }

/** Rollcall on real parts: Kafka, Postgres, control planes with KWOK, and the services as processes of their own. */
export type Rollcall = Awaited<ReturnType<typeof startRollcall>>

export async function startRollcall(options: {
  clusters: readonly string[]
  nodes: number
  /** The API servers tell the watcher who changes what. */
  audit?: boolean
  /** Default: control. */
  mode?: 'control' | 'observe'
  /** Kubernetes' own controller runs beside it, until it is stopped. */
  daemonSetController?: boolean
  /** The services come as the service accounts of `infra/rbac`. Default: as the administrator. */
  serviceAccounts?: boolean
  /** How often a quiet watch says how far it is, at most. Default: the watcher’s. */
  progress?: string
}) {
  const dir = mkdtempSync(join(tmpdir(), 'rollcall-test-'))
  const kafka = await startKafka({ dir: join(dir, 'kafka'), via: 'native' })
  const postgres = await startPostgres({ dir: join(dir, 'postgres'), via: 'native' })
  const databaseUrl = await postgres.createDatabase('rollcall_test')
  await migrate(databaseUrl)
  const clusters = new Map<string, ControlPlane>()
  const audit = options.audit === true ? { port: await freePort(), token: randomBytes(24).toString('base64url') } : null
  const auditTokenFile = join(dir, 'audit-token')
  const tokens = options.clusters.map(name => `${name} ${audit?.token}\n`).join('')
  if (audit) writeFileSync(auditTokenFile, tokens, { mode: 0o600 })
  for (const name of options.clusters) {
    const url = `http://127.0.0.1:${audit?.port}/clusters/${name}/${audit?.token}`
    const plane = await startControlPlane({
      name,
      dir: join(dir, name),
      ...(audit ? { auditWebhook: { url } } : {}),
      daemonSetController: options.daemonSetController ?? false,
    })
    await plane.addNodes(options.nodes)
    clusters.set(name, plane)
    if (options.serviceAccounts) await applyRights(plane)
  }
  const clustersFor = async (service: ServiceName): Promise<string[]> => {
    const flags: string[] = []
    for (const [name, plane] of clusters) {
      const isAccount = options.serviceAccounts === true && service !== 'reconciler'
      flags.push(`${name}=${isAccount ? await accountOf(service, plane, dir) : plane.kubeconfig}`)
    }
    return flags
  }
  const clusterFlags: Record<ServiceName, readonly string[]> = {
    watcher: await clustersFor('watcher'),
    executor: await clustersFor('executor'),
    reconciler: [],
  }
  const surroundings = {
    kafkaBrokers: kafka.brokers,
    postgresUrl: databaseUrl,
    mode: options.mode ?? 'control',
    flags: {
      watcher: [
        ...(audit ? ['--audit-port', String(audit.port), '--audit-token-file', auditTokenFile] : []),
        ...(options.progress ? ['--progress', options.progress] : []),
      ],
    },
  } as const
  const services: Service[] = []

  function addService(name: ServiceName): Service {
    const logFile = join(dir, `${name}-${services.length}.log`)
    const started = serviceProcess(name, { ...surroundings, clusters: clusterFlags[name] }, line =>
      appendFileSync(logFile, `${line}\n`),
    )
    const service = Object.assign(started, { log: () => readFileSync(logFile, 'utf8') })
    service.start()
    services.push(service)
    return service
  }
  for (const name of serviceNames) addService(name)

  return {
    dir,
    databaseUrl,
    kafka,
    postgres,
    clusters,
    services,
    addService,
    service(name: ServiceName): Service {
      const found = services.find(service => service.name === name)
      if (!found) throw new Error(`no ${name} runs`)
      return found
    },
    cluster(name: string): ControlPlane {
      const found = clusters.get(name)
      if (!found) throw new Error(`no cluster ${name}`)
      return found
    },
    /** What kubectl prints; rejects with what it complained about. */
    kubectl(cluster: string, ...args: string[]): Promise<string> {
      return this.cluster(cluster).kubectl(args)
    },
    /** Ends all. @throws Error when what was recorded is not decided alike when it is decided anew */
    async stop() {
      await Promise.all(services.map(service => service.kill('SIGTERM')))
      let captures: string[] = []
      try {
        captures = await expectDatabaseReplays(databaseUrl, clusters.keys(), dir)
      } finally {
        await Promise.all([...clusters.values()].map(plane => plane.stop()))
        await kafka.stop()
        await postgres.stop()
      }
      // Nothing of all this runs any more, and the captures tell the same.
      await expectCapturesReplay(captures)
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

/** Waits until `look` no longer throws, and returns what it found; gives up with its last complaint. */
export async function eventually<T>(look: () => Promise<T>, withinMs = 90_000): Promise<T> {
  const deadline = Date.now() + withinMs
  for (;;) {
    try {
      return await look()
    } catch (error) {
      if (Date.now() > deadline) throw error
      await new Promise(resolve => setTimeout(resolve, 100))
    }
  }
}
