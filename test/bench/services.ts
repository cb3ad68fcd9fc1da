import { appendFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { startKafka, startPostgres } from '@rollcall/infra'
import { migrate } from '@rollcall/store'
import { serviceNames, serviceProcess } from '../support/service-process.ts'

/** Rollcall's three processes with a Kafka and a Postgres of their own, for one cluster. Returns when all are ready. */
export async function startServices(dir: string, kubeconfig: string) {
  mkdirSync(dir, { recursive: true })
  const kafka = await startKafka({ dir: join(dir, 'kafka'), via: 'native' })
  const postgres = await startPostgres({ dir: join(dir, 'postgres'), via: 'native' })
  const postgresUrl = await postgres.createDatabase('rollcall_bench')
  await migrate(postgresUrl)
  const clusters = [`bench=${kubeconfig}`]
  const services = serviceNames.map(name =>
    serviceProcess(name, { kafkaBrokers: kafka.brokers, postgresUrl, clusters, mode: 'control' }, line =>
      appendFileSync(join(dir, `${name}.log`), `${line}\n`),
    ),
  )
  for (const service of services) service.start()
  await Promise.all(services.map(service => service.ready()))
  return {
    services,
    pids: {
      kafka: kafka.pid,
      postgres: postgres.pid,
      ...Object.fromEntries(services.map(({ name, pid }) => [name, pid])),
    },
    async stop() {
      for (const service of services) await service.kill('SIGTERM')
      await kafka.stop()
      await postgres.stop()
    },
  }
}
