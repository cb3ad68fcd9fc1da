import { shortDuration } from '../output/duration.ts'
import type { Ports } from '../ports.ts'

const redrawEveryMs = 200
const clearLine = '\r\u001b[K'
const barLength = 24

/** How far an export is, on one line of a terminal; elsewhere nothing. */
export function createProgressBar(what: string, { terminal, now }: Pick<Ports, 'terminal' | 'now'>) {
  const begunAt = now()
  let drawnAt = Number.NEGATIVE_INFINITY
  let share: number | null = null
  let rows = 0
  return {
    onShare(value: number | null): void {
      share = value ?? share
    },
    onRows(count: number): void {
      rows += count
      if (!terminal.isTerminal || now() - drawnAt < redrawEveryMs) return
      drawnAt = now()
      terminal.err(clearLine + lineOf(what, rows, share, now() - begunAt))
    },
    rows: () => rows,
    clear(): void {
      if (drawnAt > Number.NEGATIVE_INFINITY) terminal.err(clearLine)
    },
  }
}

function lineOf(what: string, rows: number, share: number | null, tookMs: number): string {
  const counted = `${rows.toLocaleString('en')} ${what}`
  if (share === null) return counted
  const full = Math.round(share * barLength)
  const left = share < 0.02 ? '' : `, ${shortDuration((tookMs / share) * (1 - share))} left`
  return `[${'█'.repeat(full)}${'·'.repeat(barLength - full)}] ${Math.floor(share * 100)} %, ${counted}${left}`
}
