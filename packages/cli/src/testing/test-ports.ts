import { resolve } from 'node:path'
import { stripVTControlCharacters, styleText } from 'node:util'
import type { Ports } from '../ports.ts'

/** The instant that tests call now. */
export const testNow = Date.parse('2026-01-02T12:00:00.000Z')

export type TestPorts = Ports & {
  /** All that was written, in order. */
  readonly written: { out: string; err: string }
  readonly exits: number[]
  /** Ctrl-C. */
  interrupt(): void
}

export function createTestPorts(
  options: {
    readonly env?: Readonly<Record<string, string>>
    readonly isTerminal?: boolean
    readonly homeDir?: string
    readonly wait?: Ports['wait']
    readonly now?: () => number
    readonly columns?: number
    readonly rows?: number
  } = {},
): TestPorts {
  const written = { out: '', err: '' }
  const exits: number[] = []
  const interrupts = new Set<() => void>()
  return {
    written,
    exits,
    interrupt: () => {
      for (const run of [...interrupts]) run()
    },
    terminal: {
      out: text => {
        written.out += text
      },
      err: text => {
        written.err += text
      },
      isTerminal: options.isTerminal ?? false,
      columns: () => options.columns ?? 120,
      rows: () => options.rows ?? 40,
      paint: (format, text) => (options.isTerminal ? styleText(format, text, { validateStream: false }) : text),
    },
    env: options.env ?? {},
    homeDir: options.homeDir ?? '/nonexistent/home',
    cwd: resolve(import.meta.dirname, '../../../..'),
    invokedAs: 'rollcall',
    now: options.now ?? (() => testNow),
    wait: options.wait ?? (() => new Promise(resolve => setImmediate(resolve))),
    onInterrupt(run) {
      interrupts.add(run)
      return () => interrupts.delete(run)
    },
    exit: code => exits.push(code),
    fetch,
  }
}

export const plain = stripVTControlCharacters
