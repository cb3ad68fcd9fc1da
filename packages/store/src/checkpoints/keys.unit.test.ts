import { generateKeyPairSync } from 'node:crypto'
import { expect, test } from 'vitest'
import { checkpointKey, checkpointSigner, isSignedBy, newCheckpointKey } from './keys.ts'

const unsigned = { cluster: 'c1', position: 7, seq: 1, head: Buffer.alloc(32, 1), at: 5, previous: Buffer.alloc(32) }

test('a checkpoint is signed by its key, and by no other; any change voids it', () => {
  const signer = checkpointSigner(newCheckpointKey())
  const key = checkpointKey(signer.publicKey)
  const checkpoint = signer.sign(unsigned)
  expect(checkpoint).toMatchObject({ key: key.id, position: 7 })
  expect(isSignedBy(key, checkpoint)).toBe(true)
  expect(isSignedBy(checkpointKey(newCheckpointKey()), checkpoint)).toBe(false)
  const changes = [
    { cluster: 'c2' },
    { position: 8 },
    { seq: 0 },
    { head: Buffer.alloc(32) },
    { at: 6 },
    { previous: Buffer.alloc(32, 2) },
  ]
  for (const change of changes) expect(isSignedBy(key, { ...checkpoint, ...change })).toBe(false)
})

test('what is no Ed25519 key is refused by its name, and never quoted', () => {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const pem = rsa.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  expect(() => checkpointSigner(pem, 'key.pem')).toThrow('key.pem is of type rsa: it must be an Ed25519 private key')
  expect(() => checkpointKey(newCheckpointKey())).not.toThrow()
  for (const text of ['', 'hunter2', '-----BEGIN PRIVATE KEY-----\nhunter2\n-----END PRIVATE KEY-----']) {
    expect(() => checkpointSigner(text, 'key.pem')).toThrow(
      /^key.pem cannot be read: it must be an Ed25519 private key in PEM/,
    )
    expect(() => checkpointKey(text, 'pub.pem')).toThrow(/^pub.pem cannot be read/)
    expect(() => checkpointKey(text)).not.toThrow('hunter2')
  }
})
