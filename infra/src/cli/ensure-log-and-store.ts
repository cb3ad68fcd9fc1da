import type { Progress } from '@rollcall/local-process'
import { oneAtATime } from './one-at-a-time.ts'
import { up } from './up.ts'

/** Kafka and Postgres of this clone, as `infra up --only kafka,postgres` starts and leaves them. */
export async function ensureLogAndStore(
  progress: Progress,
): Promise<{ readonly kafkaBrokers: readonly string[]; readonly postgresUrl: string }> {
  const units = await oneAtATime(progress, () =>
    up(
      { clusters: 0, nodes: 0, kwok: false, daemonSetController: false, via: 'auto', only: ['kafka', 'postgres'] },
      progress,
    ),
  )
  const connect = (name: string): string => units.find(unit => unit.name === name)?.connect ?? ''
  return { kafkaBrokers: connect('kafka').split(','), postgresUrl: connect('postgres') }
}
