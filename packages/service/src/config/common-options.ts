import { logLevels } from '../logger.ts'
import { option } from './option.ts'
import { choice, duration, list, port, text, url } from './parsers.ts'

/** Options of every service process; `runService` needs them. Spread into the schema of a service. */
export const serviceOptions = {
  logLevel: option(choice(logLevels), { description: 'What is logged, and everything graver.', default: 'info' }),
  healthHost: option(text(), {
    description: 'Address of /healthz, /readyz and /metrics. 0.0.0.0 inside a pod.',
    default: '127.0.0.1',
  }),
  healthPort: option(port(), {
    description: 'Port of /healthz, /readyz and /metrics; 0: any free one, which the log names.',
    default: '0',
  }),
  stopTimeoutMs: option(duration(), {
    description: 'How long a graceful stop may take before the process exits anyway.',
    default: '20s',
  }),
}

/** Where the log is. Spread into the schema of a service that uses it. */
export const kafkaOptions = {
  kafkaBrokers: option(list(), { description: 'Kafka brokers, host:port each.', default: '127.0.0.1:9092' }),
}

/** As whom a service acts in the store. Spread into the schema of a service that uses it, with the role it needs. */
export const postgresRole = (role: string) =>
  option(text(), {
    description: 'Role that its sessions in Postgres act as; none: the rights of the user in the URL.',
    default: role,
  })

/** Where the store is. Spread into the schema of a service that uses it. */
export const postgresOptions = {
  postgresUrl: option(url(['postgres', 'postgresql']), {
    description: 'Postgres database.',
    default: 'postgres://rollcall@127.0.0.1:5432/rollcall',
    secret: true,
  }),
}
