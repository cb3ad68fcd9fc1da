import { homedir } from 'node:os'
import { join } from 'node:path'

/** This package's folder: templates, Go sources and stages are read from here. */
export const infraDir = join(import.meta.dirname, '..')

/** The one place that reads the environment. */
export const settings = {
  /** Built binaries and downloaded jars, shared by all clones of this user. */
  cacheDir: (): string => join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'rollcall'),
  /** What `infra up` leaves in this clone: data, logs, pid files. */
  stateDir: (): string => process.env.ROLLCALL_INFRA_DIR || join(infraDir, '../.rollcall/infra'),
  /** Image for Kafka in Docker; anything that takes the environment of `apache/kafka`. */
  kafkaImage: (): string => process.env.ROLLCALL_KAFKA_IMAGE || 'apache/kafka:4.1.1',
  /** Image for Postgres in Docker; anything that takes the environment of `postgres`. */
  postgresImage: (): string => process.env.ROLLCALL_POSTGRES_IMAGE || 'postgres:17',
}
