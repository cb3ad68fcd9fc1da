import { createHash } from 'node:crypto'
import { canonicalJson } from '@rollcall/contracts'

/**
 * A signed statement of where a stream's chain stood. Anyone can verify it with Ed25519 and SHA-256 and nothing of ours:
 *
 *     text      = canonical JSON of {v:1, cluster, position, seq, head, at, previous, key}   (hashes in lower-case hexadecimal)
 *     signature = Ed25519(text as UTF-8)
 *     digest    = SHA-256(text ‖ signature), which the next checkpoint of the stream names as `previous`; 32 zero bytes before
 *                 the first
 *
 * Who rewrites rows, and every hash behind them, still lacks the key; who cuts the end off is told by what was signed.
 */
export type Checkpoint = {
  readonly cluster: string
  /** The last ledger row that it covers, and its chain hash. */
  readonly position: number
  readonly seq: number
  readonly head: Buffer
  /** When it was signed, by the signer's clock, in milliseconds since 1970. */
  readonly at: number
  readonly previous: Buffer
  /** Id of the key: see `keys.ts`. */
  readonly key: string
  readonly signature: Buffer
}

export const checkpointStart: Buffer = Buffer.alloc(32)

export function checkpointText(checkpoint: Omit<Checkpoint, 'signature'>): string {
  const { cluster, position, seq, head, at, previous, key } = checkpoint
  return canonicalJson({
    v: 1,
    cluster,
    position,
    seq,
    head: head.toString('hex'),
    at,
    previous: previous.toString('hex'),
    key,
  })
}

export function checkpointDigest(checkpoint: Checkpoint): Buffer {
  return createHash('sha256').update(checkpointText(checkpoint)).update(checkpoint.signature).digest()
}
