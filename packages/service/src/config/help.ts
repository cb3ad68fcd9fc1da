import type { z } from 'zod'
import { namesOf } from './names.ts'
import { optionMeta, valueNames } from './option.ts'

/** The text of `--help`: one aligned row per option. */
export function helpText(name: string, summary: string, schema: z.ZodObject): string {
  const rows = Object.entries(schema.shape).map(([key, option]) => {
    const names = namesOf(key, option as z.ZodType)
    const meta = optionMeta.get(option)
    if (!meta)
      throw new TypeError(
        `option ${key} has no description: make it with option(), requiredOption() or optionalOption()`,
      )
    const valueName = valueNames.get(option)?.valueName ?? 'text'
    const standard = meta.required ? 'required' : meta.default === null ? '' : `default ${meta.default}`
    return {
      left: valueName === 'flag' ? names.flag : `${names.flag} <${valueName}>`,
      env: names.env,
      text: standard === '' ? meta.description : `${meta.description} (${standard})`,
    }
  })
  rows.push({ left: '--help', env: '', text: 'This text.' })
  const leftWidth = Math.max(...rows.map(row => row.left.length))
  const envWidth = Math.max(...rows.map(row => row.env.length))
  const lines = rows.map(row => `  ${row.left.padEnd(leftWidth)}  ${row.env.padEnd(envWidth)}  ${row.text}`)
  return [
    `${name}: ${summary}`,
    '',
    'Each option is a flag or an environment variable; the flag wins.',
    '',
    ...lines,
    '',
  ].join('\n')
}
