import { runService } from '@rollcall/service'
import { createPostgresAuditStore } from '@rollcall/store'
import { startAuditor } from './auditor.ts'
import { configSchema, settingsOf } from './config.ts'
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
    const auditor = await startAuditor({ ...context, store, metrics }, settingsOf(config))
    logger.info({ api: auditor.url }, `questions are answered at ${auditor.url}`)
    health.check('store', auditor.checks.store)
    return async () => {
      await auditor.stop()
      await store.close()
    }
  },
})
