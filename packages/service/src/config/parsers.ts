import { z } from 'zod'
import { type OptionParser, valueNames } from './option.ts'

const shown = <S extends z.ZodType>(parser: S, valueName: string): S => {
  valueNames.add(parser, { valueName })
  return parser
}

/** A parser from a function that returns the value, or undefined: then `must` says what it must be. */
export function parser<T>(valueName: string, must: string, read: (text: string) => T | undefined): OptionParser<T> {
  const schema = z.string().transform((text, context): T => {
    const value = read(text.trim())
    if (value !== undefined) return value
    context.addIssue({ code: 'custom', message: must, input: text })
    return z.NEVER
  })
  return shown(schema, valueName)
}

/** Any text that is not empty. */
export const text = () => parser('text', 'must not be empty', value => value || undefined)

export function integer({ min, max, valueName = 'count' }: { min: number; max: number; valueName?: string }) {
  return parser(valueName, `must be a whole number from ${min} to ${max}`, value => {
    const number = /^-?\d+$/.test(value) ? Number(value) : Number.NaN
    return number >= min && number <= max ? number : undefined
  })
}

/** A TCP port; 0 lets the system choose one. */
export const port = () => integer({ min: 0, max: 65_535, valueName: 'port' })

/** Items separated by commas; never empty. */
export const list = () =>
  parser('a,b,…', 'must name at least one item; several are separated by commas', value => {
    const items = value
      .split(',')
      .map(item => item.trim())
      .filter(item => item !== '')
    return items.length > 0 ? (items as readonly string[]) : undefined
  })

const unitMs: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/**
 * A length of time, in milliseconds: `500ms`, `20s`, `5m`, `2h`, `1d`. By convention the option's name ends in `Ms`,
 * and its flag leaves that out: `stopTimeoutMs` is `--stop-timeout 20s`.
 */
export const duration = () =>
  parser('duration', 'must be a length of time such as 500ms, 20s, 5m or 2h', value => {
    const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(value)
    return match ? Math.round(Number(match[1]) * (unitMs[match[2] ?? ''] ?? 0)) : undefined
  })

/** True or false; as a flag it needs no value: `--verify`, `--no-verify`. */
export const flag = () =>
  parser('flag', 'must be true or false', value =>
    /^(true|1|yes|on)$/i.test(value) ? true : /^(false|0|no|off)$/i.test(value) ? false : undefined,
  )

export function choice<const T extends string>(words: readonly T[]) {
  return parser(words.join('|'), `must be one of ${words.join(', ')}`, value => words.find(word => word === value))
}

/** A URL with one of these schemes (written without colon). */
export function url(schemes: readonly string[]) {
  const must = `must be a URL that starts with ${schemes.map(scheme => `${scheme}://`).join(' or ')}`
  return parser('url', must, value =>
    URL.canParse(value) && schemes.includes(new URL(value).protocol.slice(0, -1)) ? value : undefined,
  )
}
