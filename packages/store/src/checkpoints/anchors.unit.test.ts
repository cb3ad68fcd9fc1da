import { describe, expect, test } from 'vitest'
import { anchorJson, anchorLine, readAnchors, withAnchors } from './anchors.ts'
import { checkpointDigest, checkpointStart } from './checkpoint.ts'
import { judgeCheckpoints } from './judge.ts'
import { checkpointKey, checkpointSigner, newCheckpointKey } from './keys.ts'

const signer = checkpointSigner(newCheckpointKey())
const keys = [checkpointKey(signer.publicKey)]
const first = signer.sign({
  cluster: 'c1',
  position: 7,
  seq: 1,
  head: Buffer.alloc(32, 1),
  at: 5,
  previous: checkpointStart,
})
const second = signer.sign({ ...first, position: 9, at: 6, previous: checkpointDigest(first) })

describe('a file of anchors', () => {
  test('is read as it was written: lines, or a list', () => {
    const lines = anchorLine(first) + anchorLine(second)
    expect(readAnchors(lines, 'f')).toEqual({ checkpoints: [first, second], unreadable: [] })
    const list = JSON.stringify({ items: [anchorJson(first), anchorJson(second)] }, null, 2)
    expect(readAnchors(list, 'f')).toEqual({ checkpoints: [first, second], unreadable: [] })
  })

  test('one line counts, and a line that was torn apart is named', () => {
    expect(readAnchors(anchorLine(first), 'f').checkpoints).toEqual([first])
    const torn = `${anchorLine(first).slice(0, 40)}\n${anchorLine(second)}`
    expect(readAnchors(torn, 'f')).toEqual({ checkpoints: [second], unreadable: [1] })
  })

  test.each([
    ['', /^f holds no checkpoints/],
    ['hello', /^f holds no checkpoints/],
    ['{"items":[]}', /^f: line 1 is no checkpoint/],
    ['{"items":[{"v":2}]}', /^f: item 1 is no checkpoint: v /],
    [anchorLine(first).replace('"seq":1', '"seq":-1'), /^f: line 1 is no checkpoint: seq /],
    [anchorLine(first).replace('"head":"01', '"head":"xx'), /^f: line 1 is no checkpoint: head /],
  ])('what is none is refused: %s', (text, problem) => {
    expect(() => readAnchors(text, 'f')).toThrow(problem)
  })
})

test('anchors that the database has are nothing new; the others are told as removed, with what is wrong with them', () => {
  const recorded = judgeCheckpoints([first], keys)
  expect(withAnchors(recorded, [first, first], keys)).toEqual(recorded)
  expect(withAnchors(recorded, [second, second], keys)).toEqual([
    ...recorded,
    { ...second, isRemoved: true, problem: null },
  ])
  const altered = { ...second, position: 8 }
  expect(withAnchors(recorded, [altered], keys).at(-1)?.problem).toMatch(/altered, or forged/)
  expect(withAnchors([], [first], []).at(-1)?.problem).toMatch(/none of the keys that are trusted/)
})
