import { createKafkaEventLog } from '@rollcall/event-log'
import { runService, ServiceError } from '@rollcall/service'
import { createPostgresAuditStore } from '@rollcall/store'
import { startAuditor } from './auditor.ts'
import { configSchema, settingsOf } from './config.ts'
import { openUsersFile } from './intents/users.ts'
import { createAuditorMetrics } from './metrics.ts'

await runService({
  name: 'auditor',
  summary: 'answers over HTTP what runs and ran where, and why, from the record',
  schema: configSchema,
  argv: process.argv.slice(2),
  env: process.env,
  async start(context) {
    const { config, health, logger } = context
    const store = createPostgresAuditStore({
      url: config.postgresUrl,
      role: config.postgresRole,
      applicationName: context.process,
      logger,
    })
    const metrics = createAuditorMetrics(context.registry)
    if (config.users !== null && config.kafkaBrokers === null) {
      throw new ServiceError(
        'bad-configuration',
        '--users lets people ask for something, which goes to the log: give --kafka-brokers',
      )
    }
    const users = config.users === null ? null : await openUsersFile(config.users)
    const log =
      config.users === null || config.kafkaBrokers === null
        ? null
        : createKafkaEventLog({ brokers: config.kafkaBrokers, clientId: context.process, logger })
    const auditor = await startAuditor({ ...context, store, log, users, metrics }, settingsOf(config))
    logger.info({ api: auditor.url }, `questions are answered at ${auditor.url}`)
    health.check('store', auditor.checks.store)
    if (log) health.check('log', () => (log.healthy() ? null : 'the log does not answer'))
    return async () => {
      await auditor.stop()
      await log?.close()
      await store.close()
    }
  },
})
