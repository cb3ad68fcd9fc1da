import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { chainHash, chainStart } from './chain.ts'

test('the chain is what its description says, computed by other means', () => {
  const row = { cluster: 'prod "1" ü', position: 7, seq: 2 }
  const body = '{"at":1,"type":"Ticked","v":1}'
  const first = chainHash(chainStart, row, body)
  const byHand = createHash('sha256')
    .update(Buffer.alloc(32))
    .update(Buffer.from('["prod \\"1\\" ü",7,2]\n'))
    .update(Buffer.from(body))
    .digest()
  expect(first).toEqual(byHand)
  // A vector for other implementations.
  expect(chainHash(chainStart, { cluster: 'c', position: 1, seq: 0 }, body).toString('hex')).toBe(
    'e24453bf5c169a8ef80dcf2e98c457fd6151f8976de4e25a45e1b1b261d721b5',
  )
})

test('a change of anything changes the hash', () => {
  const row = { cluster: 'c', position: 1, seq: 0 }
  const hashes = [
    chainHash(chainStart, row, 'body'),
    chainHash(Buffer.alloc(32, 1), row, 'body'),
    chainHash(chainStart, { ...row, cluster: 'd' }, 'body'),
    chainHash(chainStart, { ...row, position: 2 }, 'body'),
    chainHash(chainStart, { ...row, seq: 1 }, 'body'),
    chainHash(chainStart, row, 'bodY'),
  ]
  expect(new Set(hashes.map(hash => hash.toString('hex'))).size).toBe(hashes.length)
})
