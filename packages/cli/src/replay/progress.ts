import type { OnProgress } from '@rollcall/replay'
import type { Ports } from '../ports.ts'

const redrawEveryMs = 200
const clearLine = '\r\u001b[K'

/** One line that says how far a long walk is; on a terminal only, and gone when the work is done. */
export async function withProgress<T>(
  what: string,
  { terminal, now }: Pick<Ports, 'terminal' | 'now'>,
  work: (onProgress: OnProgress) => Promise<T>,
): Promise<T> {
  let drawnAt = now()
  let isDrawn = false
  try {
    return await work(({ position, lastPosition }) => {
      if (!terminal.isTerminal || now() - drawnAt < redrawEveryMs) return
      drawnAt = now()
      isDrawn = true
      const end = lastPosition === null ? '' : ` of ${lastPosition.toLocaleString('en')}`
      terminal.err(`${clearLine}${what}: position ${position.toLocaleString('en')}${end}`)
    })
  } finally {
    if (isDrawn) terminal.err(clearLine)
  }
}
