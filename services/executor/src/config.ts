import {
  duration,
  integer,
  kafkaOptions,
  list,
  option,
  postgresOptions,
  postgresRole,
  requiredOption,
  serviceOptions,
} from '@rollcall/service'
import { writerRole } from '@rollcall/store'
import { z } from 'zod'
import type { ExecutorOptions } from './executor.ts'
import { defaultLimitOptions } from './flow/adaptive-limit.ts'

/** Flags and environment of the executor process. */
export const configSchema = z.object({
  ...serviceOptions,
  ...kafkaOptions,
  ...postgresOptions,
  postgresRole: postgresRole(writerRole),
  clusters: requiredOption(list(), {
    description:
      'Clusters to act in: kubeconfig files as FILE, FILE#context or name=FILE#context. All executors need all of them.',
  }),
  concurrencyInitial: option(integer({ min: 1, max: 10_000 }), {
    description: 'Requests a cluster gets side by side at first; adapted from there.',
    default: '16',
  }),
  concurrencyMax: option(integer({ min: 1, max: 10_000 }), {
    description: 'Requests a cluster gets side by side at most.',
    default: '256',
  }),
  requestTimeoutMs: option(duration(), {
    description: 'A request without an answer for so long is tried again (webhooks may take 30 s).',
    default: '35s',
  }),
  reportDelayAfterMs: option(duration(), {
    description: 'A command held back by trouble for so long is reported, then at growing intervals.',
    default: '15s',
  }),
  heldPerClusterMax: option(integer({ min: 100, max: 10_000_000 }), {
    description: 'Commands held for a cluster that does not answer, before others of its partition wait too.',
    default: '100000',
  }),
  heldMax: option(integer({ min: 100, max: 10_000_000 }), {
    description: 'Commands held for all clusters together; about 1 KB each.',
    default: '400000',
  }),
  rightsCheckEveryMs: option(duration(), {
    description: 'How often the rights in each cluster are looked at.',
    default: '5m',
  }),
  drainMs: option(duration(), {
    description: 'How long requests under way may take at a graceful stop; less than --stop-timeout.',
    default: '8s',
  }),
})

export type Config = z.output<typeof configSchema>

export function optionsOf(config: Config): Partial<ExecutorOptions> {
  return {
    limit: { ...defaultLimitOptions, initial: config.concurrencyInitial, max: config.concurrencyMax },
    requestTimeoutMs: config.requestTimeoutMs,
    reportAfterMs: config.reportDelayAfterMs,
    heldPerClusterMax: config.heldPerClusterMax,
    heldMax: config.heldMax,
    rightsEveryMs: config.rightsCheckEveryMs,
    drainMs: config.drainMs,
  }
}
