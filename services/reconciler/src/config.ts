import {
  choice,
  duration,
  flag,
  integer,
  kafkaOptions,
  option,
  optionalOption,
  postgresOptions,
  postgresRole,
  serviceOptions,
  text,
} from '@rollcall/service'
import { writerRole } from '@rollcall/store'
import { z } from 'zod'
import { defaultSettings, type ReconcilerSettings } from './settings.ts'

/** What of the reconciler can be set from outside. */
export const configSchema = z.object({
  ...serviceOptions,
  ...kafkaOptions,
  ...postgresOptions,
  postgresRole: postgresRole(writerRole),
  group: option(text(), {
    description: 'Consumer group: reconcilers of one group share the clusters. Another group is another controller.',
    default: defaultSettings.group,
  }),
  snapshotEvery: option(integer({ min: 1, max: 10_000_000 }), {
    description: 'A snapshot of a cluster after so many events. More: longer restarts. Fewer: more writing.',
    default: String(defaultSettings.snapshotEvery),
  }),
  snapshotIntervalMs: option(duration(), {
    description: 'A snapshot of a cluster that changed after this time, however few events.',
    default: '10m',
  }),
  ledgerPartition: option(choice(['day', 'week', 'month']), {
    description:
      'How much time one partition of the ledger holds, from the next one on. Shorter for fleets that write much.',
    default: defaultSettings.ledgerPartition,
  }),
  checkpointKeyFile: optionalOption(text(), {
    description: 'Ed25519 private key (PEM) that signs checkpoints of the ledger. Without it there are none.',
  }),
  checkpointAnchorFile: optionalOption(text(), {
    description:
      'With a key: also adds each checkpoint to this file. On a disk that the owner of the database cannot change, it tells of a ledger cut off together with its checkpoints.',
  }),
  checkpointAnchor: optionalOption(text(), {
    description:
      'With a key: also puts each checkpoint there, a file each: a folder, or s3://BUCKET/PREFIX (best with object lock).',
  }),
  checkpointEvery: option(integer({ min: 1, max: 10_000_000 }), {
    description: 'With a key: a checkpoint of a cluster after so many positions.',
    default: String(defaultSettings.checkpointEvery),
  }),
  checkpointIntervalMs: option(duration(), {
    description: 'With a key: a checkpoint of a cluster that changed after this time, however few positions.',
    default: '1m',
  }),
  archive: optionalOption(text(), {
    description:
      'Folder or s3://BUCKET/PREFIX with what `rollcall archive` took out of the ledger. Read when no snapshot can be used.',
  }),
  verifyFingerprints: option(flag(), {
    description: 'Compare memory with the folded ledger after every 100th commit. Dear: for tests and suspicious days.',
    default: 'false',
  }),
})

export type ReconcilerConfig = z.output<typeof configSchema>

export function settingsOf(config: ReconcilerConfig): ReconcilerSettings {
  return {
    ...defaultSettings,
    group: config.group,
    snapshotEvery: config.snapshotEvery,
    snapshotIntervalMs: config.snapshotIntervalMs,
    ledgerPartition: config.ledgerPartition,
    checkpointEvery: config.checkpointEvery,
    checkpointIntervalMs: config.checkpointIntervalMs,
    verifyEvery: config.verifyFingerprints ? 100 : 0,
  }
}
