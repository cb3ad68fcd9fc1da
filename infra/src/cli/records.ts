import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Kept } from '@rollcall/local-process'
import { settings } from '../settings.ts'

/** What `up` keeps of one process, in a pid file of its own; enough for `status` and `down`. */
export type Record = Kept & {
  /** `kafka`, `postgres`, or the name of a cluster. */
  readonly unit: string
}

/** What `up` keeps of a unit that is up as a whole: how others reach it. */
export type Unit = {
  readonly name: string
  readonly kind: 'kafka' | 'postgres' | 'cluster'
  /** By the name of each process that belongs to it: where it listens. */
  readonly addresses: Readonly<{ [component: string]: string }>
  /** What to give to a client: brokers, a url, the path of a kubeconfig. */
  readonly connect: string
  /** The ports to come back on. */
  readonly ports: Readonly<{ [name: string]: number }>
  /** Options that need a `down` to be changed. */
  readonly options: Readonly<{ [name: string]: boolean }>
}

/** Data and logs of a unit. */
export function dirOf(unit: string): string {
  return join(settings.stateDir(), unit)
}

function runFile(name: string, ending: string): string {
  return join(settings.stateDir(), 'run', `${name.replaceAll('/', '.')}${ending}`)
}

export function writeRecord(record: Record): void {
  write(runFile(record.name, '.pid.json'), record)
}

export function removeRecord(record: Record): void {
  rmSync(runFile(record.name, '.pid.json'), { force: true })
}

export function readRecords(): Record[] {
  return readAll<Record>('.pid.json')
}

export function writeUnit(unit: Unit): void {
  write(runFile(unit.name, '.unit.json'), unit)
}

export function readUnits(): Unit[] {
  return readAll<Unit>('.unit.json')
}

export function purgeUnit(unit: string): void {
  rmSync(runFile(unit, '.unit.json'), { force: true })
  rmSync(dirOf(unit), { recursive: true, force: true })
}

function readAll<Content>(ending: string): Content[] {
  const dir = dirname(runFile('any', ending))
  if (!existsSync(dir)) return []
  return readdirSync(dir)
    .filter(name => name.endsWith(ending))
    .sort()
    .map(name => JSON.parse(readFileSync(join(dir, name), 'utf8')) as Content)
}

/** Whole or not at all: a reader may look at any time. */
function write(file: string, content: unknown): void {
  mkdirSync(dirname(file), { recursive: true })
  const draft = `${file}.${process.pid}`
  writeFileSync(draft, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 })
  renameSync(draft, file)
}
