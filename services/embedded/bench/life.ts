/**
 * What the embedded mode costs: `pnpm exec node services/embedded/bench/life.ts [seconds]`. Starts the three demo clusters with the example on an empty
 * folder, waits until every pod is ready, rests, stops, and does it again on the same data. Prints; judges nothing.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { processUsage } from '@rollcall/infra'
import { identify } from '@rollcall/local-process'
import { type Embedded, startEmbedded } from '../src/index.ts'

const restSeconds = Number(process.argv[2] ?? 20)
const delay = (ms: number) => new Promise(resolve => setTimeout(resolve, ms))
const say = (what: string, figure: string) => console.log(`${what.padEnd(58)} ${figure}`)
const seconds = (ms: number) => `${(ms / 1_000).toFixed(2)} s`
const megabytes = (bytes: number) => `${Math.round(bytes / 1e6)} MB`

async function isComplete(embedded: Embedded): Promise<boolean> {
  const { clusters } = await embedded.overview()
  return clusters.every(({ daemonSets }) => daemonSets.length > 0 && daemonSets.every(d => d.settled && d.desired > 0))
}

async function life(dataDir: string, name: string): Promise<void> {
  console.log(name)
  const begunAt = performance.now()
  const embedded = await startEmbedded({
    dataDir,
    clusters: { kind: 'simulated', example: true },
    onProgress: progress => {
      if (progress.state === 'done') say(`  ${progress.phase}`, seconds(progress.tookMs))
    },
  })
  say('  everything runs', seconds(performance.now() - begunAt))
  while (!(await isComplete(embedded))) await delay(50)
  say('  every pod of the example is ready', seconds(performance.now() - begunAt))

  const postgresPid = Number.parseInt(readFileSync(join(dataDir, 'postgres/data/postmaster.pid'), 'utf8'), 10)
  const cpu = process.cpuUsage()
  const postgresBefore = processUsage(postgresPid)?.cpuMs ?? 0
  await delay(restSeconds * 1_000)
  const { user, system } = process.cpuUsage(cpu)
  const postgres = processUsage(postgresPid)
  const share = (ms: number) => `${((ms / restSeconds / 1_000) * 100).toFixed(1)} % of a core`
  say(`  at rest for ${restSeconds} s: this process`, share((user + system) / 1_000))
  say('  at rest: Postgres with its backends', share((postgres?.cpuMs ?? 0) - postgresBefore))
  const own = process.memoryUsage().rss
  say('  resident memory of this process', megabytes(own))
  say('  of Postgres with its backends (what they do not share)', megabytes(postgres?.memoryBytes ?? 0))
  say('  together', megabytes(own + (postgres?.memoryBytes ?? 0)))

  const stoppingAt = performance.now()
  await embedded.stop()
  say('  stopped', seconds(performance.now() - stoppingAt))
  say('  Postgres is gone', String(identify(postgresPid) === null))
}

const dir = mkdtempSync(join(tmpdir(), 'rollcall-life-'))
try {
  await life(join(dir, 'data'), 'on an empty folder')
  await life(join(dir, 'data'), 'on the same data')
} finally {
  rmSync(dir, { recursive: true, force: true })
}
