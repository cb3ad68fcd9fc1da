import fc from 'fast-check'
import { expect, it } from 'vitest'
import { linesOf } from './lines.ts'

async function read(chunks: readonly Buffer[], bytesMax = 1000): Promise<{ lines: string[]; whole: boolean }> {
  const source = (async function* () {
    yield* chunks
  })()
  const reader = linesOf(source, bytesMax)
  const lines: string[] = []
  for (;;) {
    const next = await reader.next()
    if (next.done) return { lines, whole: next.value }
    lines.push(next.value)
  }
}

it('lines come out the same wherever the chunks are cut, also inside a character', async () => {
  const text = fc.array(fc.string({ unit: 'binary' }).map(line => line.replaceAll('\n', '') || 'ä€😀'))
  await fc.assert(
    fc.asyncProperty(text, fc.array(fc.nat(200)), async (lines, cuts) => {
      const bytes = Buffer.from(lines.map(line => `${line}\n`).join(''))
      const places = [0, ...cuts.map(cut => Math.min(cut, bytes.length)).sort((a, b) => a - b), bytes.length]
      const chunks = places.slice(1).map((end, index) => bytes.subarray(places[index] ?? 0, end))
      const wanted = lines.map(line => Buffer.from(line).toString('utf8'))
      expect(await read(chunks, 100_000)).toEqual({ lines: wanted, whole: true })
    }),
    { numRuns: 200 },
  )
})

it('an unfinished last line is not a line', async () => {
  expect(await read([Buffer.from('a\nb')])).toEqual({ lines: ['a'], whole: false })
})

it('a line without end is refused at the limit', async () => {
  await expect(read([Buffer.alloc(600, 'x'), Buffer.alloc(600, 'x')])).rejects.toThrow(/longer than 1000 bytes/)
})
