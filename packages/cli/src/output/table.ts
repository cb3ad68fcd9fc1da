import stringWidth from 'fast-string-width'

export type Column<Row> = {
  readonly title: string
  readonly cell: (row: Row) => string
  /** Shown with `-o wide` only. */
  readonly isWide?: boolean
}

const gap = '  '

/** Columns side by side, as kubectl does: no borders, two spaces between, nothing after the last. */
export function alignColumns(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = []
  for (const row of rows) {
    row.forEach((cell, index) => {
      widths[index] = Math.max(widths[index] ?? 0, stringWidth(cell))
    })
  }
  return rows.map(row =>
    row
      .map((cell, index) => cell + ' '.repeat((widths[index] ?? 0) - stringWidth(cell)))
      .join(gap)
      .trimEnd(),
  )
}

const escaped = (character: string): string => {
  const json = JSON.stringify(character).slice(1, -1)
  return json === character ? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}` : json
}

/** What would break a line, or rub out what stands there, is shown as an escape. */
export function oneLine(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what this is about
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, escaped)
}

export function table<Row>(columns: readonly Column<Row>[], rows: readonly Row[], isWide: boolean): string[] {
  const shown = columns.filter(column => isWide || !column.isWide)
  return alignColumns([shown.map(({ title }) => title), ...rows.map(row => shown.map(({ cell }) => cell(row)))])
}

const graphemes = new Intl.Segmenter()
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what this is about
const colours = /(\u001b\[[\d;]*m)/

/** Cut to this many terminal columns, so that nothing wraps; colours end where it is cut. */
export function fitWidth(line: string, columns: number): string {
  if (stringWidth(line) <= columns) return line
  let cut = ''
  let width = 0
  for (const piece of line.split(colours)) {
    if (colours.test(piece)) {
      cut += piece
      continue
    }
    for (const { segment } of graphemes.segment(piece)) {
      width += stringWidth(segment)
      if (width > columns - 1) return `${cut}…${cut.includes('\u001b') ? '\u001b[0m' : ''}`
      cut += segment
    }
  }
  return cut
}
