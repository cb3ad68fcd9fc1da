import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type LedgerStore, replay, sourceFromStore, takeCapture } from '@rollcall/replay'
import { createPostgresStore } from '@rollcall/store'

const run = promisify(execFile)
const bin = join(import.meta.dirname, '../../packages/cli/bin/rollcall.js')

/**
 * Whatever the batches, restarts, rebalances and faults of a test run were: its record, decided anew, agrees with itself in
 * everything, and its chain is intact. @throws Error with the report when it does not
 */
export async function expectReplay(store: LedgerStore, cluster: string): Promise<void> {
  const source = await sourceFromStore(store, cluster)
  if (!source) throw new Error(`nothing of ${cluster} is on record`)
  const report = await replay(source, { differencesMax: 1 })
  if (!report.agrees || report.chain === null) {
    throw new Error(`the replay of ${cluster} does not agree: ${JSON.stringify(report, null, 2)}`)
  }
}

/** The records of a database, and a capture of each in `dir`. @returns the files; see `expectCapturesReplay` */
export async function expectDatabaseReplays(url: string, clusters: Iterable<string>, dir: string): Promise<string[]> {
  const store = createPostgresStore({ url, applicationName: 'expect replay', poolSize: 2 })
  const files: string[] = []
  try {
    for (const cluster of clusters) {
      const source = await sourceFromStore(store, cluster)
      if (!source) continue
      await expectReplay(store, cluster)
      const file = join(dir, `${cluster}.rcl`)
      await writeFile(file, (await takeCapture(source, { about: 'a test run' })).bytes)
      files.push(file)
    }
  } finally {
    await store.close()
  }
  return files
}

/** As on another machine: a process that knows of nothing but the files. @throws Error with what it said when they do not agree */
export async function expectCapturesReplay(files: readonly string[]): Promise<void> {
  if (files.length > 0) await run(process.execPath, [bin, 'replay', '--assert', ...files], { env: {} })
}

/** The record of a `rollcall up` that runs. @throws Error with what was said when it does not agree */
export async function expectUpReplays(dataDir: string): Promise<void> {
  await run(process.execPath, [bin, 'replay', '--assert', '--data', dataDir])
}
