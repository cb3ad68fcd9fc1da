import { join } from 'node:path'
import { onFreePorts, withFacts } from '@rollcall/local-process'
import { createDatabase, ensureDatabase, owner, passwordIn, serverFlags, urlOf } from '@rollcall/local-process/postgres'
import { dockerHost } from '../docker/docker-host.ts'
import { runContainer } from '../docker/run-container.ts'
import { settings } from '../settings.ts'
import type { Postgres, PostgresOptions } from './start-postgres.ts'

const readyMsMax = 90_000
const stopMsMax = 15_000
const serverPort = 5432
const dataDir = '/var/lib/postgresql/data'

/** Postgres in a container of Postgres' official image, or of any that takes the same environment. */
export async function startPostgresInDocker(options: PostgresOptions): Promise<Postgres> {
  const image = options.image ?? settings.postgresImage()
  const password = passwordIn(options.dir)
  const host = await dockerHost()
  return onFreePorts({ port: options.port }, async ({ port }) => {
    const address = { host, port, password }
    const url = urlOf(address)
    const running = await runContainer(
      {
        name: 'postgres',
        image,
        // A folder of its own inside the mount: the server wants to own it, closed to everybody else.
        environment: {
          POSTGRES_USER: owner,
          POSTGRES_PASSWORD: password,
          POSTGRES_DB: owner,
          PGDATA: `${dataDir}/pgdata`,
          POSTGRES_INITDB_ARGS: '--locale=C --encoding=UTF8',
        },
        command: ['postgres', ...serverFlags(options.durable ?? true, options.settings)],
        port: { host: port, container: serverPort },
        data: { host: join(options.dir, 'data'), container: dataDir },
        logFile: join(options.dir, 'postgres.log'),
        answers: async () => {
          await ensureDatabase(address)
          return true
        },
        readyMsMax,
        stopMsMax,
        imageMend: 'Set ROLLCALL_POSTGRES_IMAGE to one that is here, or make one with `node infra/images/build.ts`',
        keep: options.keep,
      },
      options.progress,
    )
    return withFacts(running, { url, createDatabase: (name: string) => createDatabase(url, name) })
  })
}
