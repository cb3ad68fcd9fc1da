import { resolve } from 'node:path'
import type { StartOptions } from '@rollcall/local-process'
import { type NativePostgres, startNativePostgres } from '@rollcall/local-process/postgres'
import type { Via } from '../contract.ts'
import { dockerAnswers } from '../docker/docker-answers.ts'
import { startPostgresInDocker } from './container.ts'

export type PostgresOptions = StartOptions & {
  /** Absent: a free one. */
  readonly port?: number
  /** Default: `auto`. */
  readonly via?: Via
  /** The image when in Docker; default: `ROLLCALL_POSTGRES_IMAGE`, or postgres. */
  readonly image?: string
  /**
   * Commits wait for the disk. Default true: what a bench measures is then what a user gets, and it survives a crash
   * of the machine. False is faster, and still survives `kill -9`.
   */
  readonly durable?: boolean
  /** Settings of the server beside its own, by their names in postgresql.conf. */
  readonly settings?: Readonly<Record<string, string | number>>
}

export type Postgres = NativePostgres

/** Starts a Postgres server with an empty database `rollcall`. @throws StartError */
export async function startPostgres(options: PostgresOptions): Promise<Postgres> {
  const via = options.via ?? 'auto'
  const inDocker = via === 'docker' || (via === 'auto' && (await dockerAnswers()))
  const located = { ...options, dir: resolve(options.dir) }
  return inDocker ? startPostgresInDocker(located) : startNativePostgres(located)
}
