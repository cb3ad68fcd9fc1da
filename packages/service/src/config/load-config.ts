import type { z } from 'zod'
import { withoutPasswords } from '../secrets.ts'
import { readFlags } from './flags.ts'
import { helpText } from './help.ts'
import { namesOf } from './names.ts'
import { optionMeta, valueNames } from './option.ts'

export type Environment = { readonly [name: string]: string | undefined }

/** An object schema whose members were made by `option`, `requiredOption` and `optionalOption`. */
export type OptionsSchema<C> = z.ZodObject & z.ZodType<C>

export type LoadedConfig<C> =
  | { readonly kind: 'config'; readonly config: C }
  /** `--help` was asked for. */
  | { readonly kind: 'help'; readonly text: string }
  /** One line per wrong option, each with the mend. */
  | { readonly kind: 'wrong'; readonly lines: readonly string[] }

/**
 * Reads a service's configuration: for each option of the schema its flag, else its environment variable (empty counts
 * as absent), else its default. Environment variables that no option knows are left alone: one set serves all services.
 */
export function loadConfig<C>(request: {
  readonly name: string
  readonly summary: string
  readonly schema: OptionsSchema<C>
  readonly argv: readonly string[]
  readonly env: Environment
}): LoadedConfig<C> {
  const options = Object.entries(request.schema.shape).map(([key, schema]) => ({
    key,
    ...namesOf(key, schema as z.ZodType),
    isSwitch: valueNames.get(schema)?.valueName === 'flag',
    isSecret: optionMeta.get(schema)?.secret ?? false,
  }))
  const flags = readFlags(request.argv, new Map(options.map(option => [option.flag, option])))
  if (flags.help) return { kind: 'help', text: helpText(request.name, request.summary, request.schema) }

  const given = options.map(option => {
    const fromFlag = flags.values.get(option.flag)
    const value = fromFlag ?? (request.env[option.env] || undefined)
    return { ...option, value, source: fromFlag === undefined ? option.env : option.flag }
  })
  const input = Object.fromEntries(given.flatMap(({ key, value }) => (value === undefined ? [] : [[key, value]])))
  const parsed = request.schema.safeParse(input)
  if (parsed.success && flags.wrong.length === 0) return { kind: 'config', config: parsed.data }

  const issues = parsed.success ? [] : parsed.error.issues
  const lines = issues.map(issue => {
    const option = given.find(({ key }) => key === issue.path[0])
    if (!option) return issue.message
    if (option.value === undefined) return `${option.flag} ${issue.message}: set it, or ${option.env}`
    const was = option.isSecret ? '' : `, not ${withoutPasswords(JSON.stringify(option.value))}`
    return `${option.source} ${issue.message}${was}`
  })
  return { kind: 'wrong', lines: [...flags.wrong, ...lines] }
}
