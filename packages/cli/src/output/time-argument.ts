import { CliError } from '../errors.ts'

const unitMs: { readonly [unit: string]: number } = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/**
 * A time as people write it: how long ago (`90s`, `10m`, `2h`, `1d`; `-10m` is the same), RFC 3339 (`2026-11-24T14:03:21Z`), or local
 * (`2026-11-24 14:03`). Returns RFC 3339 in UTC. @throws CliError
 */
export function timeArgument(option: string, text: string, now: number): string {
  const ago = /^-?(\d+)([smhd])$/.exec(text)
  if (ago) return new Date(now - Number(ago[1]) * (unitMs[ago[2] ?? ''] ?? 0)).toISOString()
  const isTime = /^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})?)?$/.test(text)
  // A day alone would be read as UTC.
  const ms = isTime ? Date.parse(text.length === 10 ? `${text}T00:00` : text.replace(' ', 'T')) : Number.NaN
  if (Number.isNaN(ms)) {
    throw new CliError(
      'usage',
      `${option} ${JSON.stringify(text)} is no time`,
      'write it as 10m (ago), 2026-11-24T14:03:21Z, or "2026-11-24 14:03"',
    )
  }
  return new Date(ms).toISOString()
}

/** A length of time: `90s`, `10m`, `2h`, `1d`. Returns milliseconds. @throws CliError */
export function durationArgument(option: string, text: string): number {
  const [, count, unit = ''] = /^(\d{1,9})([smhd])$/.exec(text) ?? []
  if (count !== undefined) return Number(count) * (unitMs[unit] ?? 0)
  throw new CliError(
    'usage',
    `${option} ${JSON.stringify(text)} is no length of time`,
    'write it as 90s, 10m, 2h or 1d',
  )
}
