import { styleText } from 'node:util'

export type Format = Parameters<typeof styleText>[0]

/** Where the command writes. A port, so that tests see every character. */
export interface Terminal {
  out(text: string): void
  err(text: string): void
  /** Whether standard output is a terminal, where lines can be redrawn. */
  readonly isTerminal: boolean
  /** Width of the terminal in columns; what is no terminal has no end. */
  columns(): number
  rows(): number
  /** Colours the text where the stream shows colours (a terminal, and NO_COLOR is not set). */
  paint(format: Format, text: string): string
}

export const systemTerminal: Terminal = {
  out: text => process.stdout.write(text),
  err: text => process.stderr.write(text),
  isTerminal: process.stdout.isTTY === true,
  columns: () => process.stdout.columns ?? Number.POSITIVE_INFINITY,
  rows: () => process.stdout.rows ?? Number.POSITIVE_INFINITY,
  paint: (format, text) => styleText(format, text, { stream: process.stdout }),
}
