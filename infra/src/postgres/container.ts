import type { Postgres, PostgresOptions } from './start-postgres.ts'
export function startPostgresInDocker(_options: PostgresOptions): Promise<Postgres> { throw new Error('todo') }
