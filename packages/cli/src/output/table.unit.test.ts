import fc from 'fast-check'
import stringWidth from 'fast-string-width'
import { describe, expect, test } from 'vitest'
import { alignColumns, fitWidth, oneLine, table } from './table.ts'

/** Cells as they come: names, wide characters, combining ones, emoji, colours. */
const cell = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 12 }).map(oneLine),
  fc.constantFrom('', 'node-1', '日本語', 'é', 'e\u0301', '👩‍👩‍👧', '✓', 'ﬁ', '\u001b[32mready\u001b[39m'),
)

describe('columns', () => {
  test('every column begins in the same terminal column in each row, two spaces after the widest cell before it', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 1, max: 6 }),
        fc.infiniteStream(cell),
        (width, height, cells) => {
          const rows = Array.from({ length: height }, () =>
            Array.from({ length: width }, () => cells.next().value as string),
          )
          const lines = alignColumns(rows)
          expect(lines).toHaveLength(height)
          const widest = Array.from({ length: width }, (_, column) =>
            Math.max(...rows.map(row => stringWidth(row[column] ?? ''))),
          )
          rows.forEach((row, index) => {
            let rest = lines[index] ?? ''
            row.forEach((text, column) => {
              // Spaces at the end of a line are left out.
              const isLast = row.slice(column).every((after, offset) => offset === 0 || after.trim() === '')
              const shown = isLast ? text.trimEnd() : text
              expect(rest.startsWith(shown)).toBe(true)
              if (!isLast)
                expect(rest.slice(text.length)).toMatch(
                  new RegExp(`^ {${(widest[column] ?? 0) - stringWidth(text) + 2}}`),
                )
              rest = rest.slice(text.length + (widest[column] ?? 0) - stringWidth(text) + 2)
            })
          })
        },
      ),
    )
  })

  test('no line ends with a space, and no cell can break a line', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.string({ unit: 'binary' }).map(oneLine), { minLength: 3, maxLength: 3 }), {
          minLength: 1,
        }),
        rows => {
          const lines = alignColumns(rows)
          expect(lines.join('\n').split(/\r\n|[\n\r\u2028\u2029\u0085]/)).toHaveLength(rows.length)
          for (const line of lines) expect(line).toBe(line.trimEnd())
        },
      ),
    )
  })

  test('a line is cut to the terminal, colours and wide characters included', () => {
    fc.assert(
      fc.property(fc.array(cell, { maxLength: 8 }), fc.integer({ min: 1, max: 40 }), (cells, columns) => {
        const line = cells.join(' ')
        const cut = fitWidth(line, columns)
        expect(stringWidth(cut)).toBeLessThanOrEqual(columns)
        if (stringWidth(line) <= columns) expect(cut).toBe(line)
      }),
    )
    expect(fitWidth('\u001b[31mabcdef\u001b[39m', 4)).toBe('\u001b[31mabc…\u001b[0m')
    expect(fitWidth('abcdef', Number.POSITIVE_INFINITY)).toBe('abcdef')
  })

  test('wide columns are shown when asked for', () => {
    const columns = [
      { title: 'NAME', cell: (row: { name: string }) => row.name },
      { title: 'LABELS', cell: () => 'a=b', isWide: true },
    ]
    const rows = [{ name: '東京' }, { name: 'east' }]
    expect(table(columns, rows, false)).toEqual(['NAME', '東京', 'east'])
    expect(table(columns, rows, true)).toEqual(['NAME  LABELS', '東京  a=b', 'east  a=b'])
  })
})
