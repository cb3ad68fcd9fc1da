import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { ahead, dumpStore, type ObjectStore, type StoreDump } from '@rollcall/simulator'

/** A simulated cluster's objects, as its file holds them. */
type KeptCluster = {
  readonly format: 1
  /** Written at the end. Otherwise watchers may have seen more than is in it. */
  readonly isLast: boolean
  readonly dump: StoreDump
}

/** resourceVersions that a cluster may have gone on to after its file was written. */
const unseenMax = 1_000_000

/** What was kept of the cluster; null: nothing. */
export function readCluster(file: string): StoreDump | null {
  if (!existsSync(file)) return null
  const { isLast, dump } = JSON.parse(readFileSync(file, 'utf8')) as KeptCluster
  return isLast ? dump : ahead(dump, unseenMax)
}

/** Written beside its place first, so that half a file is never taken for whole. */
export function writeCluster(file: string, store: ObjectStore, isLast: boolean): void {
  const kept: KeptCluster = { format: 1, isLast, dump: dumpStore(store) }
  writeFileSync(`${file}.new`, JSON.stringify(kept), { mode: 0o600 })
  renameSync(`${file}.new`, file)
}
