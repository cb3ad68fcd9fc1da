import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statfsSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { takeLockFile } from '@rollcall/local-process'
import type { UpFile } from './contract.ts'
import { EmbeddedError } from './errors.ts'

/** Version of what lies in a data folder, and how. */
const folderFormat = 1
const freeBytesMin = 300 * 1024 * 1024
export const otherFolder = 'choose another folder with --data'

/** The folder of everything that is kept, held by this process alone. */
export type DataFolder = {
  readonly path: string
  readonly postgresDir: string
  readonly clustersDir: string
  readonly logFile: string
  /** Private key that signs the ledger's checkpoints, as PEM; its public half lies beside it. Made when it is not there. */
  readonly checkpointKeyFile: string
  /** Tells other processes where to find us. */
  announce(up: UpFile): void
  /** Lets go of it; an ephemeral one is removed. */
  release(): void
}

/** Makes, checks and locks the folder. @throws EmbeddedError */
export function openDataFolder(dataDir: string | null, ephemeral: boolean): DataFolder {
  const path = dataDir ?? mkdtempSync(join(tmpdir(), 'rollcall-'))
  return translated(path, () => open(path, ephemeral || dataDir === null))
}

function open(path: string, ephemeral: boolean): DataFolder {
  mkdirSync(path, { recursive: true, mode: 0o700 })
  assertOwn(path)
  const lock = takeLockFile(join(path, 'lock'))
  if (!lock.isOurs) throw heldBy(path, lock.holder.pid)
  try {
    assertOurs(path)
    if (ephemeral) assertNothingKept(path)
    assertRoom(path)
  } catch (error) {
    lock.release()
    throw error
  }
  const clustersDir = join(path, 'clusters')
  mkdirSync(clustersDir, { recursive: true, mode: 0o700 })
  const upFile = join(path, 'up.json')
  rmSync(upFile, { force: true })
  return {
    path,
    postgresDir: join(path, 'postgres'),
    clustersDir,
    logFile: join(path, 'rollcall.log'),
    checkpointKeyFile: join(path, 'checkpoint-key.pem'),
    announce: up => writeFileSync(upFile, `${JSON.stringify(up, null, 2)}\n`, { mode: 0o600 }),
    release() {
      rmSync(upFile, { force: true })
      lock.release()
      if (ephemeral) rmSync(path, { recursive: true, force: true })
    },
  }
}

function heldBy(path: string, pid: number): EmbeddedError {
  const url = auditorUrlIn(path)
  const where = url === null ? '' : ` and answers at ${url}`
  return new EmbeddedError(
    'folder-held',
    `another rollcall (pid ${pid}) runs on ${path}${where}`,
    `stop it with Ctrl-C or \`kill ${pid}\`, or ${otherFolder}`,
  )
}

function auditorUrlIn(path: string): string | null {
  try {
    return (JSON.parse(readFileSync(join(path, 'up.json'), 'utf8')) as UpFile).auditorUrl
  } catch {
    // It has only begun to start.
    return null
  }
}

/** Files that another user owns would break things for them later, also where root could write. */
function assertOwn(path: string): void {
  const { uid } = statSync(path)
  const own = process.getuid?.() ?? uid
  if (uid === own) return
  throw new EmbeddedError('folder-access', `${path} belongs to another user (uid ${uid}, not ${own})`, otherFolder)
}

/** A marker says that the folder is ours, and of which version. */
function assertOurs(path: string): void {
  const marker = join(path, 'rollcall.json')
  let text: string
  try {
    text = readFileSync(marker, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    const others = readdirSync(path).filter(name => name !== 'lock')
    if (others.length > 0) {
      throw new EmbeddedError('folder-foreign', `${path} is not empty, and not made by rollcall`, otherFolder)
    }
    writeFileSync(marker, `${JSON.stringify({ format: folderFormat })}\n`)
    return
  }
  const format = formatIn(text)
  if (format === folderFormat) return
  throw new EmbeddedError(
    'folder-version',
    `${path} was written by another version of rollcall (format ${format ?? 'unknown'}, not ${folderFormat})`,
    `run that version, or ${otherFolder}`,
  )
}

function formatIn(text: string): unknown {
  try {
    return (JSON.parse(text) as { format?: unknown }).format
  } catch {
    return null
  }
}

/** What is removed at the end must be nothing that somebody kept before. */
function assertNothingKept(path: string): void {
  if (!existsSync(join(path, 'postgres'))) return
  throw new EmbeddedError(
    'folder-foreign',
    `${path} holds what an earlier run has kept, and --ephemeral would remove it`,
    'leave out --ephemeral, or choose an empty folder with --data',
  )
}

function assertRoom(path: string): void {
  const { bavail, bsize } = statfsSync(path)
  const freeBytes = bavail * bsize
  if (freeBytes >= freeBytesMin) return
  throw diskFull(path, `only ${Math.floor(freeBytes / 1024 / 1024)} MB are free on the disk of ${path}`)
}

export function diskFull(path: string, what = `the disk of ${path} is full`): EmbeddedError {
  return new EmbeddedError('disk-full', what, `free ${freeBytesMin / 1024 / 1024} MB, or ${otherFolder}`)
}

function translated<T>(path: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException
    if (code === 'ENOSPC' || code === 'EDQUOT') throw diskFull(path)
    if (['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EEXIST'].includes(code)) {
      throw new EmbeddedError('folder-access', `${path} cannot be used as data folder (${message})`, otherFolder)
    }
    throw error
  }
}
