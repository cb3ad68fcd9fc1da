import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { createWriteStream, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type ControlPlane, startControlPlane, startKafka, startPostgres } from '@rollcall/infra'
import { migrate } from '@rollcall/store'

const root = join(import.meta.dirname, '../../..')

export type ServiceName = 'watcher' | 'reconciler' | 'executor'

/** One process of a service, that a test can kill and start again. */
export type Service = {
  readonly name: ServiceName
  kill(signal?: NodeJS.Signals): Promise<void>
  start(): void
  log(): string
}

/** Rollcall on real parts: Kafka, Postgres, control planes with KWOK, and the services as processes of their own. */
export type Rollcall = Awaited<ReturnType<typeof startRollcall>>

export async function startRollcall(options: { clusters: readonly string[]; nodes: number }) {
  const dir = mkdtempSync(join(tmpdir(), 'rollcall-test-'))
  const kafka = await startKafka({ dir: join(dir, 'kafka'), via: 'native' })
  const postgres = await startPostgres({ dir: join(dir, 'postgres'), via: 'native' })
  const databaseUrl = await postgres.createDatabase('rollcall_test')
  await migrate(databaseUrl)
  const clusters = new Map<string, ControlPlane>()
  for (const name of options.clusters) {
    const plane = await startControlPlane({ name, dir: join(dir, name) })
    await plane.addNodes(options.nodes)
    clusters.set(name, plane)
  }
  const clusterFlags = ['--clusters', [...clusters].map(([name, plane]) => `${name}=${plane.kubeconfig}`).join(',')]
  const common = ['--kafka-brokers', kafka.brokers.join(','), '--postgres-url', databaseUrl, '--health-port', '0']
  const flags: Record<ServiceName, readonly string[]> = {
    watcher: [...clusterFlags, '--mode', 'control'],
    reconciler: [],
    executor: clusterFlags,
  }
  const services: Service[] = []

  function addService(name: ServiceName): Service {
    const logFile = join(dir, `${name}-${services.length}.log`)
    let child: ChildProcess | null = null
    const service: Service = {
      name,
      start() {
        const args = [join(root, 'services', name, 'src/main.ts'), ...common, ...flags[name]]
        child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
        const log = createWriteStream(logFile, { flags: 'a' })
        child.stdout?.pipe(log, { end: false })
        child.stderr?.pipe(log, { end: false })
      },
      async kill(signal = 'SIGKILL') {
        const running = child
        child = null
        if (!running || running.exitCode !== null || running.signalCode !== null) return
        const ended = new Promise(resolve => running.once('exit', resolve))
        running.kill(signal)
        await ended
      },
      log: () => readFileSync(logFile, 'utf8'),
    }
    service.start()
    services.push(service)
    return service
  }
  for (const name of ['watcher', 'reconciler', 'executor'] as const) addService(name)

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
    async kubectl(cluster: string, ...args: string[]): Promise<string> {
      const kubeconfig = clusters.get(cluster)?.kubeconfig ?? ''
      const { stdout } = await promisify(execFile)('kubectl', ['--kubeconfig', kubeconfig, ...args], {
        maxBuffer: 64 << 20,
      })
      return stdout
    },
    async stop() {
      await Promise.all(services.map(service => service.kill('SIGTERM')))
      await Promise.all([...clusters.values()].map(plane => plane.stop()))
      await kafka.stop()
      await postgres.stop()
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
