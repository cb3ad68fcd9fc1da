import { canonicalJson, type DecodeFailure, decisionPointCodec, eventCodec, sha256Hex } from '@rollcall/contracts'
import { z } from 'zod'
import { type Core, presentCore } from '../core.ts'
import { ReplayError } from '../errors.ts'
import { beginAt, foldEntry, isAfter, type OnProgress, report } from '../fold.ts'
import { type LedgerEntry, type LedgerSnapshot, type LedgerSource, type Moment, sourceFromEntries } from '../source.ts'
import { damaged, packCapture, unpackCapture } from './format.ts'
import { type Kept, Redaction } from './redaction.ts'

const placeSchema = z.strictObject({ position: z.int().nonnegative(), time: z.int().nonnegative() })

/** The first line of a capture: what it is, and how much must follow. */
const manifestSchema = z.strictObject({
  cluster: z.string().min(1),
  /** Version of the core that took it, and folded the snapshot. */
  core: z.string(),
  /** State before the window; position 0: the window begins at the start of the stream. */
  from: placeSchema,
  /** Last event of the window. */
  to: placeSchema,
  events: z.int().nonnegative(),
  decisionPoints: z.int().nonnegative(),
  /** What it was taken for, in the words of whoever took it. */
  about: z.string(),
})
export type CaptureManifest = z.infer<typeof manifestSchema>

const snapshotSchema = z.strictObject({
  position: z.int().positive(),
  core: z.string(),
  fingerprint: z.string(),
  body: z.json(),
})

export type Capture = {
  readonly manifest: CaptureManifest
  /** SHA-256 of the unpacked content: equal for equal captures, however they were packed. */
  readonly digest: string
  readonly source: LedgerSource
}

export type TakeOptions = {
  readonly core?: Core
  /** The window is what was recorded behind `from`, up to `to`. Default: everything. */
  readonly from?: Moment
  readonly to?: Moment
  readonly about?: string
  /** The most entries (events and decision points) a capture may have: it is read whole. Default 500,000. */
  readonly entriesMax?: number
  /** What is not needed to replay, and stays all the same. Default: nothing. */
  readonly kept?: Kept
  readonly onProgress?: OnProgress
}

/**
 * Takes a window of a record out as the bytes of a capture file: the state before it, its events and decision points.
 * What is in it is what the core needs to decide alike; `redaction.ts` says what that is, and leaves out all else.
 * @throws ReplayError when the window is not on record, is empty, or is too large
 */
export async function takeCapture(
  source: LedgerSource,
  options: TakeOptions = {},
): Promise<{ bytes: Buffer } & Omit<Capture, 'source'>> {
  const { core = presentCore, from, to, about = '', entriesMax = 500_000, kept, onProgress } = options
  const { state, entries } = await beginAt(source, from, core)
  const redaction = new Redaction(kept)
  let lines: string[] | null = null
  let snapshot: LedgerSnapshot | null = null
  let start = { position: state.position, time: state.now }
  const counts = { events: 0, decisionPoints: 0 }
  for await (const recorded of entries) {
    if (to !== undefined && isAfter(recorded, to)) break
    let entry = recorded
    if (lines === null && entry.kind === 'event' && (from === undefined || isAfter(entry, from))) {
      lines = []
      start = { position: state.position, time: state.now }
      if (state.position > 0) {
        redaction.state(state)
        // Text at once: the state changes in place from here on.
        const body = JSON.parse(JSON.stringify(core.snapshotOf(state)))
        snapshot = { position: state.position, core: core.version, fingerprint: core.fingerprint(state), body }
      }
    }
    if (lines !== null) entry = redaction.entry(recorded)
    foldEntry(core, state, entry)
    report(onProgress, source, entry)
    if (lines === null) continue
    lines.push(lineOf(entry))
    counts[entry.kind === 'event' ? 'events' : 'decisionPoints']++
    if (lines.length > entriesMax) {
      throw new ReplayError(
        'too-large',
        `the window holds more than ${entriesMax} entries by position ${entry.position}`,
      )
    }
  }
  if (lines === null) throw new ReplayError('nothing-on-record', `${source.name} holds no events in this window`)
  const end = { position: state.position, time: state.now }
  const manifest = { cluster: source.cluster, core: core.version, from: start, to: end, ...counts, about }
  const all = [canonicalJson(manifest), canonicalJson(snapshot), ...lines]
  return { bytes: packCapture(all), manifest, digest: digestOfLines(all) }
}

/** Events and decision points in the form of the ledger, so that those of older versions are read like its rows. */
const lineOf = (entry: LedgerEntry): string =>
  entry.kind === 'event' ? `e${eventCodec.encode(entry.event)}` : `d${decisionPointCodec.encode(entry.point)}`

const digestOfLines = (lines: readonly string[]): string => sha256Hex(lines.join('\n'))

/** Reads a capture file. @throws ReplayError on what is no capture, one of a newer format, or a damaged one */
export function readCapture(name: string, bytes: Buffer): Capture {
  const lines = unpackCapture(name, bytes)
  const [first = '', second = '', ...rest] = lines
  const manifest = read(name, 'its manifest', manifestSchema, first)
  const snapshot = read(name, 'its snapshot', snapshotSchema.nullable(), second)
  const entries = entriesOf(name, manifest, rest)
  expectWhole(name, manifest, snapshot, entries)
  return {
    manifest,
    digest: digestOfLines(lines),
    source: sourceFromEntries(manifest.cluster, name, entries, snapshot),
  }
}

function read<T>(name: string, what: string, schema: z.ZodType<T>, text: string): T {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (error) {
    throw damaged(name, `${what} is not JSON: ${(error as Error).message}`)
  }
  const parsed = schema.safeParse(json)
  if (parsed.success) return parsed.data
  throw damaged(name, `${what} is wrong: ${z.prettifyError(parsed.error).replaceAll('\n', ' ')}`)
}

function entriesOf(name: string, { from }: CaptureManifest, lines: readonly string[]): LedgerEntry[] {
  let { position } = from
  return lines.map((line, index): LedgerEntry => {
    const isEvent = line.startsWith('e')
    const decoded = isEvent ? eventCodec.decode(line.slice(1)) : decisionPointCodec.decode(line.slice(1))
    if (!decoded.ok) throw unreadable(name, `entry ${index + 1} (behind position ${position})`, decoded.failure)
    if ('position' in decoded.value) {
      if (decoded.value.position === position) return { kind: 'decision', position, point: decoded.value }
      throw damaged(name, `a decision of position ${decoded.value.position} stands behind position ${position}`)
    }
    position++
    return { kind: 'event', position, event: decoded.value }
  })
}

function unreadable(name: string, where: string, { code, reason }: DecodeFailure): ReplayError {
  if (code !== 'future-version' && code !== 'unknown-type') return damaged(name, `${where}: ${reason}`)
  return new ReplayError('future-capture', `${name}, ${where}: ${reason}`)
}

function expectWhole(
  name: string,
  { from, to, events, decisionPoints }: CaptureManifest,
  snapshot: LedgerSnapshot | null,
  entries: readonly LedgerEntry[],
): void {
  const counted = entries.filter(({ kind }) => kind === 'event').length
  if (counted !== events || entries.length - counted !== decisionPoints || from.position + events !== to.position) {
    throw damaged(
      name,
      `its manifest speaks of ${events} events and ${decisionPoints} decision points, and there are others`,
    )
  }
  if ((snapshot?.position ?? 0) !== from.position) {
    throw damaged(
      name,
      `its snapshot is of position ${snapshot?.position ?? 0}, and its window begins behind ${from.position}`,
    )
  }
}
