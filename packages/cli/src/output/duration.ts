const secondMs = 1_000
const minuteMs = 60 * secondMs
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs
const yearMs = 365 * dayMs

/** A length of time in few characters, in kubectl's steps: `42s`, `3m5s`, `2h`, `4d3h`, `2y10d`. */
export function shortDuration(ms: number): string {
  if (ms < 0) return '0s'
  if (ms < 2 * minuteMs) return `${Math.floor(ms / secondMs)}s`
  if (ms < 10 * minuteMs) return pair(ms, minuteMs, 'm', secondMs, 's')
  if (ms < 3 * hourMs) return `${Math.floor(ms / minuteMs)}m`
  if (ms < 8 * hourMs) return pair(ms, hourMs, 'h', minuteMs, 'm')
  if (ms < 2 * dayMs) return `${Math.floor(ms / hourMs)}h`
  if (ms < 8 * dayMs) return pair(ms, dayMs, 'd', hourMs, 'h')
  if (ms < 2 * yearMs) return `${Math.floor(ms / dayMs)}d`
  if (ms < 8 * yearMs) return pair(ms, yearMs, 'y', dayMs, 'd')
  return `${Math.floor(ms / yearMs)}y`
}

function pair(ms: number, greatMs: number, great: string, smallMs: number, small: string): string {
  const rest = Math.floor((ms % greatMs) / smallMs)
  return `${Math.floor(ms / greatMs)}${great}${rest === 0 ? '' : `${rest}${small}`}`
}

/** `2026-11-24 14:03:21` in the local time zone. */
export function localTime(ms: number): string {
  const time = new Date(ms)
  const two = (part: number) => String(part).padStart(2, '0')
  const day = `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`
  return `${day} ${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`
}

/** `14:03:21` in the local time zone. */
export const localClock = (ms: number): string => localTime(ms).slice(11)
