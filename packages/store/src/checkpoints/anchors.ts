import { canonicalJson } from '@rollcall/contracts'
import { z } from 'zod'
import { StoreError } from '../store.ts'
import { type Checkpoint, checkpointDigest } from './checkpoint.ts'
import type { JudgedCheckpoint } from './judge.ts'
import { type CheckpointKey, isSignedBy } from './keys.ts'

/**
 * Anchors: checkpoints that are kept outside the database. Who cuts off the end of a ledger together with its checkpoints
 * leaves a database that agrees with itself, but not with an anchor.
 */

/** A checkpoint as people and files have it: bytes in lower-case hexadecimal. */
export type AnchorJson = {
  readonly v: 1
  readonly cluster: string
  readonly position: number
  readonly seq: number
  readonly head: string
  readonly at: number
  readonly previous: string
  readonly key: string
  readonly signature: string
}

export function anchorJson({ head, previous, signature, ...rest }: Checkpoint): AnchorJson {
  const [headHex, previousHex, signatureHex] = [head, previous, signature].map(bytes => bytes.toString('hex'))
  return { v: 1, ...rest, head: headHex ?? '', previous: previousHex ?? '', signature: signatureHex ?? '' }
}

/** One line of a file of anchors, which is only ever added to. */
export const anchorLine = (checkpoint: Checkpoint): string => `${canonicalJson(anchorJson(checkpoint))}\n`

const hex = (bytes: number) =>
  z
    .string()
    .regex(new RegExp(`^[0-9a-f]{${2 * bytes}}$`))
    .transform(text => Buffer.from(text, 'hex'))
const anchorSchema = z
  .object({
    v: z.literal(1),
    cluster: z.string().min(1),
    position: z.int().positive(),
    seq: z.int().nonnegative(),
    head: hex(32),
    at: z.int(),
    previous: hex(32),
    key: z.string(),
    signature: hex(64),
  })
  .transform(({ v, ...checkpoint }): Checkpoint => checkpoint)

/** What a file of anchors holds; a line that a crash tore apart is named, and what is behind it counts. */
export type Anchors = { readonly checkpoints: readonly Checkpoint[]; readonly unreadable: readonly number[] }

/**
 * Reads a file of anchors: lines as the reconciler writes them, or what `rollcall checkpoints -o json` printed.
 * @throws StoreError `bad-anchors` when it holds none at all, or is of a later version
 */
export function readAnchors(text: string, name: string): Anchors {
  const listed = listOf(text)
  if (listed) {
    return { checkpoints: listed.map((item, index) => readAnchor(item, `${name}: item ${index + 1}`)), unreadable: [] }
  }
  const unreadable: number[] = []
  const checkpoints = text.split('\n').flatMap((line, index) => {
    if (line.trim() === '') return []
    const item = parsed(line)
    if (item === undefined) unreadable.push(index + 1)
    return item === undefined ? [] : [readAnchor(item, `${name}: line ${index + 1}`)]
  })
  if (checkpoints.length > 0) return { checkpoints, unreadable }
  throw new StoreError(
    'bad-anchors',
    `${name} holds no checkpoints: it must be what --checkpoint-anchor-file wrote, or rollcall checkpoints -o json printed`,
  )
}

function listOf(text: string): readonly unknown[] | null {
  const whole = parsed(text)
  if (typeof whole !== 'object' || whole === null || !('items' in whole)) return null
  return Array.isArray(whole.items) && whole.items.length > 0 ? whole.items : null
}

function readAnchor(item: unknown, where: string): Checkpoint {
  const read = anchorSchema.safeParse(item)
  if (read.success) return read.data
  const [issue] = read.error.issues
  throw new StoreError('bad-anchors', `${where} is no checkpoint: ${issue?.path.join('.')} ${issue?.message}`)
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

/** The stream's checkpoints and those anchors which the database does not have, in order. */
export function withAnchors(
  recorded: readonly JudgedCheckpoint[],
  anchors: readonly Checkpoint[],
  keys: readonly CheckpointKey[],
): JudgedCheckpoint[] {
  const known = new Set(recorded.map(digestText))
  const keyOf = new Map(keys.map(key => [key.id, key]))
  const removed = new Map<string, JudgedCheckpoint>()
  for (const anchor of anchors) {
    if (known.has(digestText(anchor))) continue
    removed.set(digestText(anchor), { ...anchor, isRemoved: true, problem: problemOf(anchor, keyOf.get(anchor.key)) })
  }
  return [...recorded, ...removed.values()].sort(
    (one, other) => one.position - other.position || one.seq - other.seq || one.at - other.at,
  )
}

const digestText = (checkpoint: Checkpoint): string => checkpointDigest(checkpoint).toString('hex')

function problemOf(anchor: Checkpoint, key: CheckpointKey | undefined): string | null {
  if (!key)
    return `it stands in the anchors only, signed with key ${anchor.key}, which is none of the keys that are trusted`
  if (isSignedBy(key, anchor)) return null
  return `it stands in the anchors only, and its signature is not that of key ${anchor.key}: the anchor was altered, or forged`
}
