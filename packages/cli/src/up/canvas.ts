import type { Ports } from '../ports.ts'
import type { Terminal } from '../terminal.ts'

/** Lines that are redrawn in place. Used on a terminal only. */
export type Canvas = {
  draw(lines: readonly string[]): void
  /** What is drawn stays; the next drawing begins below it. */
  keep(): void
}

export async function createCanvas({ terminal }: Pick<Ports, 'terminal'>): Promise<Canvas> {
  const { createLogUpdate } = await import('log-update')
  const update = createLogUpdate(streamOf(terminal))
  return { draw: lines => update(lines.join('\n')), keep: () => update.done() }
}

/** What log-update looks at in a stream. */
function streamOf(terminal: Terminal): NodeJS.WriteStream {
  return {
    write: (text: string) => terminal.out(text),
    isTTY: true,
    get columns() {
      return terminal.columns()
    },
    get rows() {
      return terminal.rows()
    },
  } as unknown as NodeJS.WriteStream
}
