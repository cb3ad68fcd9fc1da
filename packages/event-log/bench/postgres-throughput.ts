/**
 * What the Postgres adapter carries, on a server of its own that waits for the disk:
 * `pnpm exec node packages/event-log/bench/postgres-throughput.ts [records]`. Prints; judges nothing. Compare runs on one machine only.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startPostgres } from '@rollcall/infra'
import { createPostgresEventLog, type EventLog } from '../src/index.ts'
import { appendMany, body, caughtUp, cpuSince, delay, latencies, percentiles, perSecond, reading, say } from './load.ts'

const count = Number(process.argv[2] ?? 200_000)
const dir = await mkdtemp(join(tmpdir(), 'rollcall-bench-'))
const server = await startPostgres({ dir, via: 'native' })
const logs: EventLog[] = []
function open(): EventLog {
  const log = createPostgresEventLog({ url: server.url })
  logs.push(log)
  return log
}

try {
  console.log(
    `records of ${body.length} bytes; ${count.toLocaleString('en')} of them; 12 partitions; Postgres waits for the disk; Node ${process.version}`,
  )
  const log = open()
  await log.ensureTopics()
  await appendMany(log, 20_000, 100, 'warm')

  let cpu = process.cpuUsage()
  const appendMs = await appendMany(log, count, 100, 'many')
  say('append, 32 writers × 20 records, 100 keys', `${perSecond(count, appendMs)}, ${cpuSince(cpu, appendMs)}`)

  cpu = process.cpuUsage()
  const read = await reading(open(), 'read', 'many', count)
  say(
    'read from the start, one consumer',
    `${perSecond(count, read.ms)}, ${Math.round(count / read.batches)} per batch, ${cpuSince(cpu, read.ms)}`,
  )

  const both = Math.floor(count / 2)
  const liveEnd = Promise.withResolvers<number>()
  let liveSeen = 0
  const live = await caughtUp(open(), 'live', key => {
    if (key.startsWith('live') && ++liveSeen === both) liveEnd.resolve(performance.now())
  })
  const liveStart = performance.now()
  say('append while one consumer reads along', perSecond(both, await appendMany(log, both, 100, 'live')))
  say('  until the consumer has the last of them', perSecond(both, (await liveEnd.promise) - liveStart))
  await live.close()
  await Promise.all(logs.splice(0).map(used => used.close()))

  const quiet = open()
  console.log('one record every 10 ms:')
  say('  append → delivered', percentiles(await latencies(quiet, 'idle', 300, 10, 1)))
  console.log('20 records every 10 ms (2,000/s):')
  say('  append → delivered', percentiles(await latencies(quiet, 'busy', 300, 10, 20)))
  await quiet.close()

  const idle = open()
  await caughtUp(idle, 'idle', () => undefined)
  await delay(5_000)
  cpu = process.cpuUsage()
  await delay(10_000)
  say('an idle consumer of 12 partitions', cpuSince(cpu, 10_000))
} finally {
  await Promise.all(logs.map(log => log.close()))
  await server.stop()
  await rm(dir, { recursive: true, force: true })
}
