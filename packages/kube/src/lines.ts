const lineFeed = 10

/**
 * Cuts a stream of bytes into lines. Bytes are searched, not characters, and each line becomes text once, so a
 * character that two chunks share stays whole. Resolves to whether the last line was complete.
 */
export async function* linesOf(chunks: AsyncIterable<Buffer>, bytesMax: number): AsyncGenerator<string, boolean> {
  let parts: Buffer[] = []
  let partsBytes = 0
  for await (const chunk of chunks) {
    let start = 0
    for (let end = chunk.indexOf(lineFeed); end >= 0; end = chunk.indexOf(lineFeed, start)) {
      const piece = chunk.subarray(start, end)
      start = end + 1
      if (parts.length === 0) {
        if (piece.length > 0) yield piece.toString('utf8')
        continue
      }
      parts.push(piece)
      const line = Buffer.concat(parts).toString('utf8')
      parts = []
      partsBytes = 0
      yield line
    }
    if (start === chunk.length) continue
    parts.push(chunk.subarray(start))
    partsBytes += chunk.length - start
    if (partsBytes > bytesMax) throw new RangeError(`a line is longer than ${bytesMax} bytes`)
  }
  return parts.length === 0
}
