import { createKafkaEventLog } from '@rollcall/event-log'
import { connectClusters, parseClusterSpec } from '@rollcall/kube'
import { runService, waitToStart } from '@rollcall/service'
import { createPostgresStore, isUnreachable } from '@rollcall/store'
import { auditOf, configSchema, settingsOf } from './config.ts'
import { startWatcher } from './watcher.ts'

await runService({
  name: 'watcher',
  summary: 'watches clusters and publishes what it sees',
  schema: configSchema,
  argv: process.argv.slice(2),
  env: process.env,
  async start(context) {
    const { config, health, logger } = context
    // First, because a wrong kubeconfig should be told before anything is connected.
    const clusters = connectClusters(config.clusters.map(parseClusterSpec), { clock: context.clock })
    const store = createPostgresStore({
      url: config.postgresUrl,
      role: config.postgresRole,
      applicationName: context.process,
      logger,
    })
    await waitToStart(() => store.ready(), { ...context, mayMend: isUnreachable })
    const eventLog = await createKafkaEventLog({ brokers: config.kafkaBrokers, clientId: context.process, logger })
    const audit = await auditOf(
      config,
      clusters.map(({ cluster }) => cluster),
    )
    const watcher = startWatcher({ ...context, clusters, store, eventLog }, { ...settingsOf(config), audit })
    await watcher.audit()
    health.check('log', () => (eventLog.healthy() ? null : 'the log does not answer'))
    health.check('store', async () => ((await store.healthy()) ? null : 'Postgres does not answer'))
    health.fact('clusters', () => Object.fromEntries(watcher.states()))
    return async () => {
      await watcher.stop()
      await Promise.all(clusters.map(cluster => cluster.close()))
      await eventLog.close()
      await store.close()
    }
  },
})
