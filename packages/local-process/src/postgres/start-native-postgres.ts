import { existsSync, mkdirSync, realpathSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Running, StartOptions } from '../contract.ts'
import { onFreePorts } from '../ports.ts'
import { buildStep } from '../process/build-step.ts'
import { type Part, run } from '../process/run.ts'
import { withFacts } from '../process/with-facts.ts'
import { type PostgresBinaries, postgresBinaries } from './binaries.ts'
import { type Address, createDatabase, ensureDatabase, owner, queryOnce, urlOf } from './database.ts'
import { passwordFileOf, passwordIn } from './password.ts'
import { serverFlags } from './server-settings.ts'
import { type Unprivileged, unprivileged } from './unprivileged.ts'

const readyMsMax = 30_000
const stopMsMaxDefault = 15_000

export type NativePostgresOptions = StartOptions & {
  /** Absent: a free one. */
  readonly port?: number
  /** Commits wait for the disk. Default true. False is faster, and still survives `kill -9`. */
  readonly durable?: boolean
  /** Settings of the server beside its own, by their names in postgresql.conf. */
  readonly settings?: Readonly<Record<string, string | number>>
  /** How long it may take to stop before it is killed. Default 15 s. */
  readonly stopMsMax?: number
}

export type NativePostgres = Running & {
  /** Of the database `rollcall`, as its owner, who is superuser too. */
  readonly url: string
  /** Makes another, empty database. @returns its url */
  createDatabase(name: string): Promise<string>
}

/** Postgres as a process of this machine, under an unprivileged user when we are root. @throws StartError */
export async function startNativePostgres(options: NativePostgresOptions): Promise<NativePostgres> {
  const { dir, progress } = options
  const binaries = await postgresBinaries()
  const user = unprivileged()
  mkdirSync(dir, { recursive: true })
  const password = passwordIn(dir)
  await initialise(dir, binaries, user)
  return onFreePorts({ port: options.port }, async ({ port }) => {
    const address = { host: '127.0.0.1', port, password }
    const url = urlOf(address)
    const running = await run(serverPart(options, binaries, user, address), progress)
    return withFacts(running, { url, createDatabase: (name: string) => createDatabase(url, name) })
  })
}

/** Makes the data folder, unless there is one; beside its place first, so that half a one is never taken for whole. */
async function initialise(dir: string, { initdb }: PostgresBinaries, user: Unprivileged): Promise<void> {
  const data = join(dir, 'data')
  if (existsSync(data)) return
  const draft = `${data}.new`
  rmSync(draft, { recursive: true, force: true })
  mkdirSync(draft, { mode: 0o700 })
  user.own(draft)
  const flags = ['--auth=scram-sha-256', '--encoding=UTF8', '--locale=C', '--no-sync', '--no-instructions']
  await buildStep({
    title: 'Making the data folder of Postgres',
    command: [
      ...commandOf(user, initdb),
      `--pgdata=${draft}`,
      `--username=${owner}`,
      `--pwfile=${passwordFileOf(dir)}`,
      ...flags,
    ],
    cwd: dir,
    logFile: join(dir, 'initdb.log'),
    toolMend:
      user.prefix.length > 0
        ? 'As root, Postgres runs as the user `postgres` or `nobody`, and needs `setpriv` (util-linux)'
        : `Its log says why: ${join(dir, 'initdb.log')}`,
  })
  renameSync(draft, data)
}

function commandOf(user: Unprivileged, binary: string): [string, ...string[]] {
  const [first = binary, ...rest] = [...user.prefix, binary]
  return [first, ...rest]
}

function serverPart(
  options: NativePostgresOptions,
  { postgres }: PostgresBinaries,
  user: Unprivileged,
  address: Address,
): Part {
  const data = join(options.dir, 'data')
  return {
    name: 'postgres',
    command: [
      ...commandOf(user, postgres),
      '-D',
      data,
      ...serverFlags(options.durable ?? true, {
        listen_addresses: '127.0.0.1',
        port: address.port,
        // The path of a test's folder may be too long for a socket, and nobody needs one.
        unix_socket_directories: '',
        ...options.settings,
      }),
    ],
    logFile: join(options.dir, 'postgres.log'),
    // "Fast" shutdown: clients are cut off, data is flushed. SIGTERM would wait for the clients.
    stopSignal: 'SIGINT',
    stopMsMax: options.stopMsMax ?? stopMsMaxDefault,
    keep: options.keep,
    readyMsMax,
    // After kill -9 the backends need a moment to notice that their postmaster is gone.
    againWhen: /pre-existing shared memory block|lock file "postmaster\.pid" already exists/,
    answers: async () => {
      const [row] = await queryOnce(urlOf(address, 'postgres'), 'show data_directory')
      // Somebody else's server on this port is no answer.
      if (realpathSync(String(row?.data_directory)) !== realpathSync(data)) return false
      await ensureDatabase(address)
      return true
    },
  }
}
