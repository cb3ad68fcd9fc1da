import { readFile } from 'node:fs/promises'
import { defaultGuard, rateWords, readRate } from '@rollcall/contracts'
import {
  choice,
  duration,
  flag,
  integer,
  kafkaOptions,
  list,
  option,
  optionalOption,
  parser,
  port,
  postgresOptions,
  postgresRole,
  requiredOption,
  ServiceError,
  serviceOptions,
  text,
} from '@rollcall/service'
import { readerRole } from '@rollcall/store'
import { z } from 'zod'
import { openAuditTokensFile } from './audit/tokens.ts'
import type { WatcherSettings } from './ports.ts'

/** Timers count to 24.8 days only, and beyond that they go off at once. */
const silence = duration().refine(ms => ms > 0 && ms <= 86_400_000, 'must be more than 0 and at most 1d')

/** Flags and environment of the watcher process. */
export const configSchema = z.object({
  ...serviceOptions,
  ...kafkaOptions,
  ...postgresOptions,
  postgresRole: postgresRole(readerRole),
  clusters: requiredOption(list(), {
    description: 'Clusters to watch: kubeconfig files as FILE, FILE#context or name=FILE#context, separated by commas.',
  }),
  mode: option(choice(['control', 'observe']), {
    description:
      'With control Rollcall acts in these clusters; with observe it records and says what it would have done.',
    default: 'observe',
  }),
  controlClusters: optionalOption(list(), {
    description: 'Names of clusters in which Rollcall acts, whatever --mode says.',
  }),
  guard: option(choice(['on', 'off']), {
    description:
      'With on, deletions are held where many pods of a DaemonSet would have to leave their nodes at once, until somebody approves.',
    default: 'on',
  }),
  guardShare: option(integer({ min: 0, max: 100 }), {
    description: 'More than this percentage of the pods of a DaemonSet are many.',
    default: String(defaultGuard.share * 100),
  }),
  guardPodsMin: option(integer({ min: 0, max: 1_000_000 }), {
    description: 'So few pods are never many.',
    default: String(defaultGuard.podsMin),
  }),
  creationRate: optionalOption(parser('rate', `must be ${rateWords.replaceAll('`', '')}`, readRate), {
    description:
      'At most so many pods are created in a time in each cluster, of all DaemonSets together (10/s, 30/m, 500/h); as many as are wanted without it.',
  }),
  pods: option(choice(['relevant', 'all']), {
    description: 'With relevant, pods that a DaemonSet owns or could adopt; with all, every pod.',
    default: 'relevant',
  }),
  relist: option(flag(), {
    description: 'List everything once more, instead of going on where an earlier watcher had got to.',
    default: 'false',
  }),
  pageSize: option(integer({ min: 1, max: 5000 }), { description: 'Objects per page of a list.', default: '500' }),
  silenceMs: option(silence, {
    description:
      'A watch without event or bookmark for so long is dead (bookmarks come about once a minute); at most a day.',
    default: '4m',
  }),
  queueMax: option(integer({ min: 1, max: 1_000_000 }), {
    description: 'Events per cluster that may wait for the log; beyond that the watch is read more slowly.',
    default: '2000',
  }),
  leaseRetryMs: option(duration(), { description: 'How often a standby asks for the lease.', default: '5s' }),
  rightsRetryMs: option(duration(), { description: 'How often missing rights are checked again.', default: '1m' }),
  auditPort: optionalOption(port(), {
    description:
      "Listens there for the audit webhooks of the clusters' API servers (POST /clusters/NAME); off without it.",
  }),
  auditHost: option(text(), { description: 'Address of the audit webhook.', default: '127.0.0.1' }),
  auditTokenFile: optionalOption(text(), {
    description:
      'File with the tokens that API servers must bear, a line CLUSTER TOKEN for each cluster; needed wherever others can reach the address. Read again when it changes.',
  }),
  auditTlsCert: optionalOption(text(), {
    description: 'Certificate (PEM) of the audit webhook; plain HTTP without it.',
  }),
  auditTlsKey: optionalOption(text(), { description: 'Its key (PEM).' }),
  auditQueueMax: option(integer({ min: 1, max: 1_000_000 }), {
    description: 'When so many attributions of a cluster wait for the log, its API server is told to come again.',
    default: '10000',
  }),
  auditOwnUser: option(text(), {
    description:
      "User of Rollcall's executor: its changes are on record as commands, and left out of the attributions. `nobody`: none is.",
    default: 'system:serviceaccount:rollcall:rollcall',
  }),
  progressMs: option(duration(), {
    description: 'At most one WatchProgressed per kind in this time; a restart repeats about so much.',
    default: '1m',
  }),
})

export type Config = z.output<typeof configSchema>

/** The part of the configuration that is the watcher's own; without the audit webhook, see `auditOf`. */
export function settingsOf(config: Config): WatcherSettings {
  const { guard, guardShare, guardPodsMin: podsMin, controlClusters, ...rest } = config
  const settings = { ...defaultGuard, share: guardShare / 100, podsMin }
  return { ...rest, guard: guard === 'on' ? settings : null, controlClusters: controlClusters ?? [], audit: null }
}

/**
 * Where audit webhooks are listened to, for the clusters of these names; null: nowhere. @throws ServiceError when a file that it
 * needs cannot be used
 */
export async function auditOf(config: Config, clusters: readonly string[]): Promise<WatcherSettings['audit']> {
  const { auditPort, auditHost, auditTokenFile, auditTlsCert, auditTlsKey, auditQueueMax, auditOwnUser } = config
  if (auditPort === null) return null
  if (auditTokenFile === null && !/^(127\.|localhost$|::1$)/.test(auditHost)) {
    throw new ServiceError('failed', `--audit-host ${auditHost} can be reached by others: add --audit-token-file`)
  }
  if ((auditTlsCert === null) !== (auditTlsKey === null)) {
    throw new ServiceError(
      'failed',
      '--audit-tls-cert and --audit-tls-key go together: give both, or none for plain HTTP',
    )
  }
  return {
    host: auditHost,
    port: auditPort,
    tokens: auditTokenFile === null ? null : await openAuditTokensFile(auditTokenFile, clusters),
    tls:
      auditTlsCert === null || auditTlsKey === null
        ? null
        : {
            cert: await fileOf('--audit-tls-cert', auditTlsCert),
            key: await fileOf('--audit-tls-key', auditTlsKey),
          },
    queueMax: auditQueueMax,
    ownUser: auditOwnUser === 'nobody' ? null : auditOwnUser,
  }
}

const fileOf = (option: string, file: string): Promise<string> =>
  readFile(file, 'utf8').catch((error: Error) => {
    throw new ServiceError('failed', `${option} cannot be read: ${error.message}`)
  })
