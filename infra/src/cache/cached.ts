import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { Progress } from '@rollcall/local-process'
import { settings } from '../settings.ts'
import { withLock } from './lock.ts'

export type Artefact = {
  /** Names the folder, with the digest of the inputs behind it. */
  readonly kind: string
  /** What it is called in progress lines. */
  readonly title: string
  /** The files it is made of: their names and content are its key. */
  readonly files: readonly string[]
  /** What else the result depends on: versions, flags. */
  readonly facts?: readonly string[]
  /** Makes it in `dir`, which is renamed to its place afterwards. Writes what tools say to `logFile`. */
  readonly build: (dir: string, logFile: string) => Promise<void>
}

/** An artefact nobody has used for so long is removed when its successor is built. */
const unusedDaysMax = 30
/** While something long is being built, say so from time to time. */
const stillBuildingMs = 15_000

/** The folder of an artefact: from the cache, or built once for all clones on this machine. */
export async function cached(artefact: Artefact, progress?: Progress): Promise<string> {
  const root = settings.cacheDir()
  const place = join(root, `${artefact.kind}-${digestOf(artefact)}`)
  if (existsSync(place)) {
    touch(place)
    return place
  }
  await withLock(
    join(root, `${artefact.kind}.lock`),
    async () => {
      if (!existsSync(place)) await buildInto(place, artefact, progress)
    },
    holder => progress?.(`${artefact.title}: process ${holder.pid} builds it, waiting`),
  )
  return place
}

/** Hex, 16 digits: of the platform, the files and the facts. */
export function digestOf(artefact: Pick<Artefact, 'files' | 'facts'>): string {
  const hash = createHash('sha256').update(`${process.platform}/${process.arch}\n`)
  for (const fact of artefact.facts ?? []) hash.update(`fact ${fact}\n`)
  for (const file of [...artefact.files].sort()) {
    const content = readFileSync(file)
    hash.update(`file ${basename(file)} ${content.length}\n`).update(content)
  }
  return hash.digest('hex').slice(0, 16)
}

async function buildInto(place: string, artefact: Artefact, progress: Progress | undefined): Promise<void> {
  const root = settings.cacheDir()
  // Under the lock: whatever was left half built is nobody's any more.
  for (const left of siblings(root, `${artefact.kind}.building-`)) rmSync(left, { recursive: true, force: true })
  const draft = join(root, `${artefact.kind}.building-${process.pid}`)
  mkdirSync(draft, { recursive: true })
  const began = performance.now()
  const seconds = (): string => `${Math.round((performance.now() - began) / 1000)} s`
  progress?.(`${artefact.title}: building`)
  const ticking = setInterval(() => progress?.(`${artefact.title}: still building, ${seconds()}`), stillBuildingMs)
  try {
    await artefact.build(draft, join(root, `${artefact.kind}.log`))
    renameSync(draft, place)
  } finally {
    clearInterval(ticking)
    rmSync(draft, { recursive: true, force: true })
  }
  progress?.(`${artefact.title}: built in ${seconds()}`)
  removeUnused(root, `${artefact.kind}-`, place)
}

function removeUnused(root: string, prefix: string, keep: string): void {
  for (const other of siblings(root, prefix)) {
    const days = (Date.now() - statSync(other).mtimeMs) / 86_400_000
    if (other !== keep && days > unusedDaysMax) rmSync(other, { recursive: true, force: true })
  }
}

function siblings(root: string, prefix: string): string[] {
  return readdirSync(root)
    .filter(name => name.startsWith(prefix))
    .map(name => join(root, name))
}

function touch(place: string): void {
  const now = new Date()
  try {
    utimesSync(place, now, now)
  } catch {
    // A cache that others own may be read-only: then nobody removes from it either.
  }
}
