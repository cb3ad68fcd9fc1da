/** `pnpm dev --kubeconfig FILE…`: see `usage`. */
import { styleText } from 'node:util'
import { ensureLogAndStore, StartError } from '@rollcall/infra'
import { KubeconfigError } from '@rollcall/kube'
import { migrate, StoreError } from '@rollcall/store'
import { type ServiceName, serviceNames, serviceProcess } from '../support/service-process.ts'
import { readable } from './log-line.ts'
import { parseDevOptions, UsageError, usage } from './options.ts'

const toldInOwnWords = [UsageError, StartError, KubeconfigError, StoreError]
try {
  const options = parseDevOptions(process.argv.slice(2))
  if (options.help) console.log(usage)
  else await run(options.clusters, options.mode)
} catch (error) {
  console.error(toldInOwnWords.some(kind => error instanceof kind) ? `dev: ${(error as Error).message}` : error)
  process.exitCode = error instanceof UsageError ? 2 : 1
}

async function run(clusters: readonly string[], mode: 'control' | 'observe'): Promise<void> {
  const { kafkaBrokers, postgresUrl } = await ensureLogAndStore(say)
  const { applied } = await migrate(postgresUrl)
  if (applied.length > 0) say(`Postgres: ${applied.length} migrations applied`)
  const services = serviceNames.map(name =>
    serviceProcess(name, { kafkaBrokers, postgresUrl, clusters, mode }, line =>
      console.log(`${label(name)} ${readable(line)}`),
    ),
  )
  let stopping = false
  const stop = async (): Promise<void> => {
    if (stopping) return
    stopping = true
    say('stopping the services; Kafka and Postgres stay (`pnpm infra down` ends them)')
    await Promise.all(services.map(service => service.kill('SIGTERM')))
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void stop())

  for (const service of services) service.start()
  try {
    await Promise.all(services.map(service => service.ready()))
    say(
      mode === 'control'
        ? 'Rollcall is ready and acts: kubectl apply a DaemonSet. Ctrl-C ends it'
        : 'Rollcall is ready and only observes: --mode control lets it act. Ctrl-C ends it',
    )
    say(`its record: psql '${postgresUrl}'`)
    await Promise.race(services.map(service => service.ended()))
    if (!stopping) throw new StartError({ code: 'exited', what: 'a service ended by itself: its lines above say why' })
  } finally {
    await stop()
  }
}

function say(line: string): void {
  console.error(styleText('bold', `dev        ${line}`, { stream: process.stderr }))
}

function label(name: ServiceName): string {
  const colours = { watcher: 'cyan', reconciler: 'magenta', executor: 'yellow' } as const
  return styleText(colours[name], name.padEnd(10), { stream: process.stdout })
}
