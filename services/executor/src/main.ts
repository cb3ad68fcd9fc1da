import { createKafkaEventLog } from '@rollcall/event-log'
import { connectClusters, parseClusterSpec } from '@rollcall/kube'
import { runService, waitToStart } from '@rollcall/service'
import { createPostgresStore, isUnreachable } from '@rollcall/store'
import { configSchema, optionsOf } from './config.ts'
import { startExecutor } from './index.ts'
import { createExecutorMetrics } from './metrics.ts'

await runService({
  name: 'executor',
  summary: 'applies commands to clusters and reports their outcomes',
  schema: configSchema,
  argv: process.argv.slice(2),
  env: process.env,
  async start(context) {
    const { config, health, logger } = context
    // First, because a wrong kubeconfig should be told before anything is connected.
    const clusters = connectClusters(config.clusters.map(parseClusterSpec), {
      clock: context.clock,
      // Fewer connections than requests side by side would queue where the adaptive limit cannot see it.
      limits: { connectionsMax: config.concurrencyMax },
    })
    const apis = new Map(clusters.map(api => [api.cluster, api]))
    const store = createPostgresStore({
      url: config.postgresUrl,
      role: config.postgresRole,
      applicationName: context.process,
      logger,
    })
    await waitToStart(() => store.ready(), { ...context, mayMend: isUnreachable })
    const log = createKafkaEventLog({ brokers: config.kafkaBrokers, clientId: context.process, logger })
    const executor = await startExecutor(
      {
        ...context,
        log,
        store,
        clusterApi: cluster => apis.get(cluster),
        clusters: [...apis.keys()],
        metrics: createExecutorMetrics(context.registry),
      },
      optionsOf(config),
    )
    health.check('log', () => (log.healthy() ? null : 'the log does not answer'))
    health.check('store', async () => ((await store.healthy()) ? null : 'Postgres does not answer'))
    for (const name of Object.keys(executor.troubles())) health.check(name, () => executor.troubles()[name] ?? null)
    health.fact('outages', () => executor.outages())
    return async () => {
      await executor.stop()
      await Promise.all(clusters.map(cluster => cluster.close()))
      await log.close()
      await store.close()
    }
  },
})
