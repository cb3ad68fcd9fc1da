import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto'
import { StoreError } from '../store.ts'
import { type Checkpoint, checkpointText } from './checkpoint.ts'

/** Signs checkpoints with one key. */
export type CheckpointSigner = {
  readonly keyId: string
  /** The public half, as PEM (SPKI). */
  readonly publicKey: string
  sign(checkpoint: Omit<Checkpoint, 'signature' | 'key'>): Checkpoint
}

export type CheckpointKey = { readonly id: string; readonly key: KeyObject }

/** @param pem an Ed25519 private key (PKCS #8), as `openssl genpkey -algorithm ed25519` makes it @throws StoreError */
export function checkpointSigner(pem: string, name = 'the checkpoint key'): CheckpointSigner {
  const key = readKey(pem, name, createPrivateKey, 'private')
  const half = createPublicKey(key)
  const keyId = idOf(half)
  return {
    keyId,
    publicKey: pemOf(half),
    sign(unsigned) {
      const statement = { ...unsigned, key: keyId }
      return { ...statement, signature: sign(null, Buffer.from(checkpointText(statement)), key) }
    },
  }
}

/** @param pem an Ed25519 public key (SPKI), or a private key, of which the public half is taken @throws StoreError */
export function checkpointKey(pem: string, name = 'the public key'): CheckpointKey {
  const key = readKey(pem, name, createPublicKey, 'public')
  return { id: idOf(key), key }
}

/** A new private key, as PEM. */
export function newCheckpointKey(): string {
  return generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
}

export function isSignedBy({ key }: CheckpointKey, checkpoint: Checkpoint): boolean {
  return verify(null, Buffer.from(checkpointText(checkpoint)), key, checkpoint.signature)
}

function readKey(pem: string, name: string, create: (pem: string) => KeyObject, half: string): KeyObject {
  let key: KeyObject
  try {
    key = create(pem)
  } catch {
    // Its words may quote what was given.
    throw new StoreError('bad-key', `${name} cannot be read: it must be an Ed25519 ${half} key in PEM form`)
  }
  if (key.asymmetricKeyType === 'ed25519') return key
  throw new StoreError('bad-key', `${name} is of type ${key.asymmetricKeyType}: it must be an Ed25519 ${half} key`)
}

const pemOf = (key: KeyObject): string => key.export({ type: 'spki', format: 'pem' }).toString()

/** The first 64 bits of SHA-256 over the public key (SPKI, DER). */
function idOf(key: KeyObject): string {
  return createHash('sha256')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest('hex')
    .slice(0, 16)
}
