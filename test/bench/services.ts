import { spawn } from 'node:child_process'
import { mkdirSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { startKafka, startPostgres } from '@rollcall/infra'
import { migrate } from '@rollcall/store'

const root = join(import.meta.dirname, '../..')

/** Rollcall's three processes with a Kafka and a Postgres of their own, for one cluster. */
export async function startServices(dir: string, kubeconfig: string) {
  mkdirSync(dir, { recursive: true })
  const kafka = await startKafka({ dir: join(dir, 'kafka'), via: 'native' })
  const postgres = await startPostgres({ dir: join(dir, 'postgres'), via: 'native' })
  const url = await postgres.createDatabase('rollcall_bench')
  await migrate(url)
  const common = ['--kafka-brokers', kafka.brokers.join(','), '--postgres-url', url, '--health-port', '0']
  const clusters = ['--clusters', `bench=${kubeconfig}`]
  const start = (name: string, args: readonly string[]) => {
    const log = openSync(join(dir, `${name}.log`), 'a')
    return spawn(process.execPath, [join(root, 'services', name, 'src/main.ts'), ...common, ...args], {
      stdio: ['ignore', log, log],
    })
  }
  const processes = {
    watcher: start('watcher', [...clusters, '--mode', 'control']),
    reconciler: start('reconciler', []),
    executor: start('executor', clusters),
  }
  const pids = {
    kafka: kafka.pid,
    postgres: postgres.pid,
    ...Object.fromEntries(Object.entries(processes).map(([name, { pid }]) => [name, pid ?? 0])),
  }
  return {
    pids,
    async stop() {
      for (const child of Object.values(processes)) {
        const ended = new Promise(resolve => child.once('exit', resolve))
        child.kill('SIGTERM')
        await ended
      }
      await kafka.stop()
      await postgres.stop()
    },
  }
}
