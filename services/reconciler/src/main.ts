import { readFile } from 'node:fs/promises'
import { anchorPlace, openArchive } from '@rollcall/archive'
import { createKafkaEventLog } from '@rollcall/event-log'
import { runService } from '@rollcall/service'
import { checkpointSigner, createPostgresStore, StoreError } from '@rollcall/store'
import { anchorFile } from './anchor-file.ts'
import { configSchema, type ReconcilerConfig, settingsOf } from './config.ts'
import { daemonsetCore } from './daemonset-core.ts'
import { createReconcilerMetrics } from './metrics.ts'
import { startReconciler } from './reconciler.ts'

async function signerIn(file: string) {
  const pem = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new StoreError('bad-key', `the checkpoint key ${file} cannot be read: ${error.code ?? error.message}`)
  })
  return checkpointSigner(pem, `the checkpoint key ${file}`)
}

async function anchorsOf({ checkpointAnchorFile, checkpointAnchor, checkpointKeyFile }: ReconcilerConfig) {
  if (checkpointKeyFile === null && (checkpointAnchorFile ?? checkpointAnchor) !== null) {
    throw new StoreError(
      'bad-key',
      'only signed checkpoints can be kept elsewhere: --checkpoint-anchor and --checkpoint-anchor-file need --checkpoint-key-file',
    )
  }
  return [
    ...(checkpointAnchorFile === null ? [] : [await anchorFile(checkpointAnchorFile)]),
    ...(checkpointAnchor === null ? [] : [await anchorPlace(checkpointAnchor)]),
  ]
}

await runService({
  name: 'reconciler',
  summary: 'owns the streams of clusters: folds their events, decides, records, and issues commands',
  schema: configSchema,
  argv: process.argv.slice(2),
  env: process.env,
  async start(context) {
    const { config, health, logger } = context
    const signer = config.checkpointKeyFile === null ? null : await signerIn(config.checkpointKeyFile)
    const anchors = await anchorsOf(config)
    const store = createPostgresStore({
      url: config.postgresUrl,
      role: config.postgresRole,
      applicationName: context.process,
      logger,
      archive: config.archive === null ? undefined : await openArchive(config.archive),
    })
    const log = createKafkaEventLog({ brokers: config.kafkaBrokers, clientId: context.process, logger })
    const reconciler = await startReconciler(
      {
        ...context,
        log,
        store,
        signer,
        anchors,
        core: daemonsetCore,
        metrics: createReconcilerMetrics(context.registry),
      },
      settingsOf(config),
      context.stopping,
    )
    health.check('log', reconciler.checks.log)
    health.check('store', reconciler.checks.store)
    health.check('streams', reconciler.checks.streams)
    health.fact('partitions', () => reconciler.partitions())
    return async () => {
      await reconciler.stop()
      await log.close()
      await store.close()
    }
  },
})
