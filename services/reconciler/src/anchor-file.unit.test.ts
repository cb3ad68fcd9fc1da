import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { checkpointSigner, newCheckpointKey, readAnchors } from '@rollcall/store'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { anchorFile } from './anchor-file.ts'

let dir = ''
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'rollcall-anchors-'))
})
afterAll(() => rm(dir, { recursive: true, force: true }))

const signer = checkpointSigner(newCheckpointKey())
const at = (position: number) =>
  signer.sign({ cluster: 'c1', position, seq: 0, head: Buffer.alloc(32), at: position, previous: Buffer.alloc(32) })

test('checkpoints are added line by line, by several at once, and behind what a crash tore apart', async () => {
  const path = join(dir, 'anchors.jsonl')
  const [one, other] = [await anchorFile(path), await anchorFile(path)]
  await one.keep(at(1))
  await Promise.all([one.keep(at(2)), other.keep(at(3))])
  await appendFile(path, '{"v":1,"clus')
  await one.keep(at(4))
  const { checkpoints, unreadable } = readAnchors(await readFile(path, 'utf8'), path)
  expect(checkpoints.map(({ position }) => position).sort()).toEqual([1, 2, 3, 4])
  expect(checkpoints.at(-1)).toEqual(at(4))
  expect(unreadable).toEqual([4])
})

test('where nothing can be written, that is said at the start', async () => {
  await expect(anchorFile(join(dir, 'nowhere', 'anchors.jsonl'))).rejects.toThrow(
    /anchors\.jsonl cannot be written: ENOENT/,
  )
})
