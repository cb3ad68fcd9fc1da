import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { identify, isAlive, type ProcessIdentity } from './process/identity.ts'

export type LockFile =
  /** Ours until it is released, or this process ends. */
  { readonly isOurs: true; release(): void } | { readonly isOurs: false; readonly holder: ProcessIdentity }

/** Takes a lock file, unless a living process holds it. A dead holder's lock is taken over. */
export function takeLockFile(file: string): LockFile {
  mkdirSync(dirname(file), { recursive: true })
  const own = JSON.stringify(identify(process.pid))
  for (;;) {
    if (take(file, own)) return { isOurs: true, release: () => release(file, own) }
    const holder = holderOf(file)
    if (holder === null) continue
    if (isAlive(holder.identity)) return { isOurs: false, holder: holder.identity }
    removeStale(file, holder.text)
  }
}

function release(file: string, own: string): void {
  if (holderOf(file)?.text === own) rmSync(file, { force: true })
}

/** Linked into place whole, so that nobody ever reads a lock without its holder. */
function take(file: string, own: string): boolean {
  const draft = `${file}.${process.pid}.${Math.random().toString(36).slice(2)}`
  writeFileSync(draft, own)
  try {
    linkSync(draft, file)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  } finally {
    rmSync(draft, { force: true })
  }
}

function holderOf(file: string): { readonly identity: ProcessIdentity; readonly text: string } | null {
  try {
    const text = readFileSync(file, 'utf8')
    return { text, identity: JSON.parse(text) as ProcessIdentity }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}

/** Moved aside first: of two that find the same stale lock, only one moves it, and a fresh one is put back. */
function removeStale(file: string, staleText: string): void {
  const aside = `${file}.stale.${process.pid}.${Math.random().toString(36).slice(2)}`
  try {
    renameSync(file, aside)
    if (readFileSync(aside, 'utf8') !== staleText) linkSync(aside, file)
  } catch (error) {
    if (!['ENOENT', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error
  } finally {
    rmSync(aside, { force: true })
  }
}
