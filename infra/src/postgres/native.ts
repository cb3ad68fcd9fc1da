import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { buildStep } from '../cache/build-step.ts'
import { onFreePorts } from '../ports.ts'
import { type Part, run } from '../process/run.ts'
import { withFacts } from '../process/with-facts.ts'
import { type PostgresBinaries, postgresBinaries } from './binaries.ts'
import { createDatabase, owner, queryOnce, urlOf } from './database.ts'
import type { Postgres, PostgresOptions } from './start-postgres.ts'
import { type Unprivileged, unprivileged } from './unprivileged.ts'

const readyMsMax = 30_000
const stopMsMax = 15_000

/** Postgres as a process of this machine. */
export async function startPostgresNative(options: PostgresOptions): Promise<Postgres> {
  const { dir, progress } = options
  const binaries = await postgresBinaries()
  const user = unprivileged()
  mkdirSync(dir, { recursive: true })
  const password = await initialise(dir, binaries, user)
  return onFreePorts({ port: options.port }, async ({ port }) => {
    const url = urlOf(port, password)
    const running = await run(serverPart(options, binaries, user, port, password), progress)
    await ensureDatabase(urlOf(port, password, 'postgres'))
    return withFacts(running, { url, createDatabase: (name: string) => createDatabase(url, name) })
  })
}

/** Makes the data folder, unless there is one. @returns the password of the owner, kept beside it */
async function initialise(dir: string, { initdb }: PostgresBinaries, user: Unprivileged): Promise<string> {
  const data = join(dir, 'data')
  const passwordFile = join(dir, 'password')
  if (existsSync(join(data, 'PG_VERSION')) && existsSync(passwordFile)) return readFileSync(passwordFile, 'utf8').trim()
  rmSync(data, { recursive: true, force: true })
  mkdirSync(data, { mode: 0o700 })
  user.own(data)
  const password = randomBytes(12).toString('base64url')
  writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 })
  const flags = ['--auth=scram-sha-256', '--encoding=UTF8', '--locale=C', '--no-sync', '--no-instructions']
  try {
    await buildStep({
      title: 'Making the data folder of Postgres',
      command: [
        ...commandOf(user, initdb),
        `--pgdata=${data}`,
        `--username=${owner}`,
        `--pwfile=${passwordFile}`,
        ...flags,
      ],
      cwd: dir,
      logFile: join(dir, 'initdb.log'),
      toolMend: 'As root, Postgres runs as the user `postgres` or `nobody`, and needs `setpriv` (util-linux)',
    })
  } catch (error) {
    rmSync(data, { recursive: true, force: true })
    throw error
  }
  return password
}

function commandOf(user: Unprivileged, binary: string): [string, ...string[]] {
  const [first = binary, ...rest] = [...user.prefix, binary]
  return [first, ...rest]
}

function serverPart(
  options: PostgresOptions,
  { postgres }: PostgresBinaries,
  user: Unprivileged,
  port: number,
  password: string,
): Part {
  const data = join(options.dir, 'data')
  const settings = {
    listen_addresses: '127.0.0.1',
    port,
    // Its path may be too long for a socket, and nobody needs one.
    unix_socket_directories: '',
    max_connections: 200,
    shared_buffers: '128MB',
    timezone: 'UTC',
    log_timezone: 'UTC',
    log_line_prefix: '%m [%p] %d ',
    ...(options.durable === false ? { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' } : {}),
  }
  return {
    name: 'postgres',
    command: [
      ...commandOf(user, postgres),
      '-D',
      data,
      ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ],
    logFile: join(options.dir, 'postgres.log'),
    // "Fast" shutdown: clients are cut off, data is flushed. SIGTERM would wait for the clients.
    stopSignal: 'SIGINT',
    stopMsMax,
    outlives: options.outlives ?? false,
    readyMsMax,
    // After kill -9 the backends need a moment to notice that their postmaster is gone.
    againWhen: /pre-existing shared memory block|lock file "postmaster\.pid" already exists/,
    answers: async () => {
      const [row] = await queryOnce(urlOf(port, password, 'postgres'), 'show data_directory')
      // Somebody else's server on this port is no answer.
      return realpathSync(String(row?.data_directory)) === realpathSync(data)
    },
  }
}

async function ensureDatabase(maintenanceUrl: string): Promise<void> {
  const rows = await queryOnce(maintenanceUrl, `select 1 from pg_database where datname = '${owner}'`)
  if (rows.length === 0) await createDatabase(maintenanceUrl, owner)
}
