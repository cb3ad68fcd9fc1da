import { identify, isAlive, StartError } from '@rollcall/local-process'
import { startNativePostgres } from '@rollcall/local-process/postgres'
import { type Timers, wait } from '@rollcall/service'
import { EmbeddedError } from './errors.ts'

export type EmbeddedPostgres = {
  readonly url: string
  readonly pid: number
  /** Resolves when the server has ended without being asked. */
  readonly died: Promise<void>
  stop(): Promise<void>
}

/** One process with some pools: little memory will do. Commits wait for the disk unless nothing is to be kept. */
const settings = {
  shared_buffers: '48MB',
  max_connections: 40,
  max_wal_size: '256MB',
  min_wal_size: '80MB',
  max_parallel_workers: 0,
  max_worker_processes: 2,
  jit: 'off',
  io_method: 'sync',
}
const stopMsMax = 1_500
const lookMs = 1_000

/** Postgres in this folder, which ends with this process. @throws StartError, EmbeddedError */
export async function startEmbeddedPostgres(
  dir: string,
  port: number,
  durable: boolean,
  timers: Timers,
): Promise<EmbeddedPostgres> {
  const server = await startNativePostgres({
    dir,
    durable,
    settings,
    stopMsMax,
    ...(port === 0 ? {} : { port }),
  }).catch(error => {
    // Postgres says that its address is in use, but not which.
    if (!(error instanceof StartError) || error.code !== 'port-in-use' || port === 0) throw error
    const what = `port ${port}, which Postgres was to have, is used by another process`
    throw new EmbeddedError('port-in-use', what, 'choose another, or 0 for any free one', { cause: error })
  })
  const stopping = new AbortController()
  const process = identify(server.pid)
  async function untilDead(): Promise<void> {
    while (process && isAlive(process)) if (!(await wait(timers, lookMs, stopping.signal))) return never()
  }
  return {
    url: server.url,
    pid: server.pid,
    died: untilDead(),
    stop() {
      stopping.abort(new Error('Postgres is asked to stop'))
      return server.stop()
    },
  }
}

const never = () => new Promise<never>(() => undefined)
