import {
  choice,
  duration,
  flag,
  integer,
  kafkaOptions,
  list,
  option,
  optionalOption,
  postgresOptions,
  postgresRole,
  requiredOption,
  serviceOptions,
} from '@rollcall/service'
import { readerRole } from '@rollcall/store'
import { z } from 'zod'
import type { WatcherSettings } from './ports.ts'

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
  pods: option(choice(['relevant', 'all']), {
    description: 'With relevant, pods that a DaemonSet owns or could adopt; with all, every pod.',
    default: 'relevant',
  }),
  relist: option(flag(), {
    description: 'List everything once more, instead of going on where an earlier watcher had got to.',
    default: 'false',
  }),
  pageSize: option(integer({ min: 1, max: 5000 }), { description: 'Objects per page of a list.', default: '500' }),
  silenceMs: option(duration(), {
    description: 'A watch without event or bookmark for so long is dead (bookmarks come about once a minute).',
    default: '4m',
  }),
  queueMax: option(integer({ min: 1, max: 1_000_000 }), {
    description: 'Events per cluster that may wait for the log; beyond that the watch is read more slowly.',
    default: '2000',
  }),
  leaseRetryMs: option(duration(), { description: 'How often a standby asks for the lease.', default: '5s' }),
  rightsRetryMs: option(duration(), { description: 'How often missing rights are checked again.', default: '1m' }),
  progressMs: option(duration(), {
    description: 'At most one WatchProgressed per kind in this time; a restart repeats about so much.',
    default: '1m',
  }),
})

export type Config = z.output<typeof configSchema>

/** The part of the configuration that is the watcher's own. */
export function settingsOf(config: Config): WatcherSettings {
  return { ...config, controlClusters: config.controlClusters ?? [] }
}
