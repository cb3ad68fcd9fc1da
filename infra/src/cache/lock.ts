import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { identify, isAlive, type ProcessIdentity, until } from '@rollcall/local-process'

/** A Go build on a slow machine that does other things too; nobody waits longer for somebody else's. */
const waitMsMax = 40 * 60_000

/** Runs `work` while no other process on this machine holds the lock file. A dead holder's lock is taken over. */
export async function withLock<Result>(
  file: string,
  work: () => Promise<Result>,
  onWaiting?: (holder: ProcessIdentity) => void,
): Promise<Result> {
  mkdirSync(dirname(file), { recursive: true })
  const own = JSON.stringify(identify(process.pid))
  let told = false
  const taken = await until(
    () => {
      if (take(file, own)) return true
      const holder = holderOf(file)
      if (holder === null) return false
      if (!isAlive(holder.identity)) removeStale(file, holder.text)
      else if (!told) {
        told = true
        onWaiting?.(holder.identity)
      }
      return false
    },
    { msMax: waitMsMax },
  )
  if (!taken)
    throw new Error(
      `${file} was held by another process for ${waitMsMax / 60_000} min. Remove it if that process is not building`,
    )
  try {
    return await work()
  } finally {
    if (holderOf(file)?.text === own) rmSync(file, { force: true })
  }
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
