import { hash } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ExitName, exitCodes } from '../errors.ts'
import { run } from '../program.ts'
import { createTestPorts } from '../testing/test-ports.ts'

/** Every command that reads a record, on every file that is none, and on every question that a good one does not answer. */

const recorded = join(import.meta.dirname, '../../../../test/replay/corpus/story-1.rcl')
let folder = ''

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rollcall-bad-input-'))
  const good = await readFile(recorded)
  const flipped = Buffer.from(good)
  flipped[200] = (flipped[200] ?? 0) ^ 1
  const bad: { readonly [name: string]: Buffer } = {
    'empty.rcl': Buffer.alloc(0),
    'half.rcl': good.subarray(0, good.length >> 1),
    'head.rcl': good.subarray(0, 30),
    'flipped.rcl': flipped,
    'longer.rcl': Buffer.concat([good, Buffer.from('more')]),
    'zeros.rcl': Buffer.alloc(4_096),
    'foreign.rcl': Buffer.from('apiVersion: apps/v1\nkind: DaemonSet\n'),
    'picture.rcl': Buffer.from('89504e470d0a1a0a0000000d', 'hex'),
    'future-format.rcl': Buffer.from(`rollcall-capture 2 ${'0'.repeat(64)}\nwho knows`),
    'future-event.rcl': rewritten(good, text => text.replace(/"v":\d+}/, '"v":99}')),
    'unknown-event.rcl': rewritten(good, text => text.replace('"type":"NodeObserved"', '"type":"NodeSang"')),
    'without-rows.rcl': rewritten(good, text => text.split('\n').slice(0, 20).join('\n')),
    'no-json.rcl': rewritten(good, text => `oops${text}`),
  }
  for (const [name, bytes] of Object.entries(bad)) await writeFile(join(folder, name), bytes)
  await mkdir(join(folder, 'folder.rcl'))
})
afterAll(() => rm(folder, { recursive: true }))

/** Other content, with the hash that belongs to it. */
function rewritten(capture: Buffer, change: (text: string) => string): Buffer {
  const text = zstdDecompressSync(capture.subarray(capture.indexOf(0x0a) + 1)).toString('utf8')
  const body = zstdCompressSync(Buffer.from(change(text)))
  return Buffer.concat([Buffer.from(`rollcall-capture 1 ${hash('sha256', body, 'hex')}\n`), body])
}

/** Ends as it must, with a sentence about what was wrong and one about what to do, and no part of an answer. */
async function expectRefused(argv: readonly string[], exit: ExitName, words: string): Promise<void> {
  const before = await readdir(folder)
  const ports = createTestPorts({ homeDir: folder })
  const code = await run(argv, ports)
  const { out, err } = ports.written
  expect({ code, out }, err).toEqual({ code: exitCodes[exit], out: '' })
  expect(err).toMatch(/^rollcall: .+\n {2}.+\n$/)
  expect(err).toContain(words)
  expect(err).not.toMatch(/defect|\n +at /)
  expect(await readdir(folder)).toEqual(before)
}

const commands: readonly (readonly [string, (file: string) => readonly string[]])[] = [
  ['replay', file => ['replay', file]],
  ['replay --assert', file => ['replay', '--assert', file]],
  ['replay -o json', file => ['replay', file, '-o', 'json']],
  ['step', file => ['step', file, '--at', '3']],
  ['bisect', file => ['bisect', file, '--when', 'position > 2']],
  ['whatif', file => ['whatif', file, '--drop-event', '3']],
  ['capture', file => ['capture', file, '-o', join(folder, 'new.rcl')]],
  ['capture --around', file => ['capture', file, '--around', 'node/n1', '-o', join(folder, 'new.rcl')]],
  ['at get', file => ['at', '@3', 'get', 'nodes', '--file', file]],
  ['at why', file => ['at', '@3', 'why', 'node', 'n1', '--file', file]],
]

const files: readonly (readonly [string, ExitName, string])[] = [
  ['nowhere.rcl', 'usage', 'there is no such file'],
  ['folder.rcl', 'usage', 'it cannot be read'],
  ['empty.rcl', 'usage', 'empty.rcl is empty'],
  ['half.rcl', 'failed', 'half.rcl is damaged: its bytes are not those that were written'],
  ['head.rcl', 'failed', 'head.rcl is damaged: its first line cannot be read'],
  ['flipped.rcl', 'failed', 'flipped.rcl is damaged'],
  ['longer.rcl', 'failed', 'longer.rcl is damaged'],
  ['zeros.rcl', 'usage', 'zeros.rcl is no capture file'],
  ['foreign.rcl', 'usage', 'foreign.rcl is no capture file'],
  ['picture.rcl', 'usage', 'picture.rcl is no capture file'],
  ['future-format.rcl', 'failed', 'is a capture of format 2: this Rollcall knows formats up to 1'],
  ['future-event.rcl', 'failed', 'version 99: this program knows versions up to'],
  ['unknown-event.rcl', 'failed', 'unknown record type "NodeSang"'],
  ['without-rows.rcl', 'failed', 'its manifest speaks of'],
  ['no-json.rcl', 'failed', 'its manifest is not JSON'],
]

describe.each(commands)('%s', (_, argv) => {
  test.each(files)('of %s', async (file, exit, words) => {
    await expectRefused(argv(join(folder, file)), exit, words)
  })
})

describe('what a good record does not answer', () => {
  test.each([
    ['a position behind it', ['at', '@9999', 'get', 'nodes'], 'notFound', 'position 9999 lies behind the record'],
    ['a time before it', ['at', '1970-01-01T00:00:10Z', 'get', 'nodes'], 'notFound', 'nothing is known before'],
    ['a time behind it', ['at', '-1h', 'get', 'nodes'], 'notFound', 'lies behind the record'],
    ['no time', ['at', '25:99', 'get', 'nodes'], 'usage', '"25:99" is no time'],
  ] as const)('%s', (_, argv, exit, words) => expectRefused([...argv, '--file', recorded], exit, words))

  test.each([
    ['a window that ends before it', ['replay', '--to', '1970-01-01T00:00:10Z'], 'notFound', 'holds no events'],
    ['a window behind it', ['replay', '--from', '@9999'], 'notFound', 'holds no events'],
    [
      'a window that ends before it begins',
      ['replay', '--from', '@40', '--to', '@30'],
      'usage',
      'does not lie behind --from',
    ],
    ['a step behind it', ['step', '--at', '9999'], 'notFound', 'lies behind the record'],
    ['too many steps', ['step', '--count', '10000000'], 'usage', 'is no whole number from 0 to'],
    ['a condition that does not parse', ['bisect', '--when', 'node("n1"'], 'usage', 'is not understood at column'],
    ['one of another type', ['bisect', '--when', 'position + 1'], 'usage', 'condition'],
    ['one that is empty', ['bisect', '--when', ''], 'usage', 'condition'],
    ['an unknown member', ['bisect', '--when', 'node("n1").raedy'], 'usage', 'No such key: raedy'],
    ['an event that is none', ['whatif', '--drop-event', '0'], 'usage', '--drop-event'],
    ['an event behind it', ['whatif', '--drop-event', '9999'], 'notFound', 'lies behind the record'],
    ['a node that was not there', ['whatif', '--label', 'nowhere=a=b'], 'usage', 'there was no node nowhere'],
    ['a core that is none', ['replay', '--core', 'no-such-core'], 'usage', 'neither a folder of a core nor a commit'],
  ] as const)('%s', (_, [command, ...flags], exit, words) => expectRefused([command, recorded, ...flags], exit, words))
})
