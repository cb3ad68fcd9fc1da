import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { asError } from '@rollcall/service'
import { ahead, dumpStore, type ObjectStore, type StoreDump } from '@rollcall/simulator'
import { otherFolder } from '../data-folder.ts'
import { EmbeddedError } from '../errors.ts'

/** A simulated cluster's objects, as its file holds them. */
type KeptCluster = {
  readonly format: 1
  /** Written at the end. Otherwise watchers may have seen more than is in it. */
  readonly isLast: boolean
  readonly dump: StoreDump
}

/** resourceVersions that a cluster may have gone on to after its file was written. */
const unseenMax = 1_000_000

/** What was kept of the cluster; null: nothing. @throws EmbeddedError when it cannot be understood */
export function readCluster(file: string): StoreDump | null {
  if (!existsSync(file)) return null
  const { isLast, dump } = keptIn(file)
  return isLast ? dump : ahead(dump, unseenMax)
}

function keptIn(file: string): KeptCluster {
  let kept: Partial<KeptCluster> | null
  try {
    kept = JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    throw notUnderstood(file, asError(error).message, error)
  }
  if (typeof kept !== 'object' || kept === null) throw notUnderstood(file, 'it holds no object')
  const { format, dump } = kept
  if (format !== 1) {
    const what = `${file} was written by another version of rollcall (format ${JSON.stringify(format) ?? 'unknown'}, not 1)`
    throw new EmbeddedError('folder-version', what, `run that version, or ${otherFolder}`)
  }
  if (typeof dump?.revision !== 'number' || !Array.isArray(dump.objects)) {
    throw notUnderstood(file, 'revision and objects are not in it')
  }
  return kept as KeptCluster
}

function notUnderstood(file: string, why: string, cause?: unknown): EmbeddedError {
  // Without it the cluster would begin anew below what the record has seen of it.
  const mend = `put a copy of it back, or ${otherFolder}`
  return new EmbeddedError('failed', `${file}, a simulated cluster's objects, is damaged (${why})`, mend, { cause })
}

/** Written beside its place first, so that half a file is never taken for whole. @throws EmbeddedError */
export function writeCluster(file: string, store: ObjectStore, isLast: boolean): void {
  const kept: KeptCluster = { format: 1, isLast, dump: dumpStore(store) }
  const beside = `${file}.new`
  try {
    writeFileSync(beside, JSON.stringify(kept), { mode: 0o600 })
    renameSync(beside, file)
  } catch (error) {
    rmSync(beside, { force: true })
    throw notWritten(file, error)
  }
}

function notWritten(file: string, thrown: unknown): EmbeddedError {
  const error = asError(thrown)
  const { code = '' } = error as NodeJS.ErrnoException
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    const what = `${file} cannot be written: its disk is full`
    return new EmbeddedError(
      'disk-full',
      what,
      'free some room; what happened since it was last written is lost otherwise',
    )
  }
  return new EmbeddedError('failed', `${file} cannot be written (${error.message})`, null, { cause: error })
}
