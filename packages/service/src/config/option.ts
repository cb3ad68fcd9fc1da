import { z } from 'zod'

/** Reads one option's text. */
export type OptionParser<T> = z.ZodType<T, string>

export type OptionMeta = {
  readonly description: string
  /** The text that stands in when nothing is given; null: none. */
  readonly default: string | null
  readonly required: boolean
  /** Its value is never printed. */
  readonly secret: boolean
}

/** What `--help` and error messages know of an option beyond its parser. */
export const optionMeta = z.registry<OptionMeta>()

/** How a value is written in help: `<count>`, `<duration>`. Set by the parsers below. */
export const valueNames = z.registry<{ readonly valueName: string }>()

type About = { readonly description: string; readonly secret?: boolean }

/** An option with a default, which is text like what a person would write. */
export function option<T>(parser: OptionParser<T>, about: About & { readonly default: string }) {
  const schema = parser.prefault(about.default)
  optionMeta.add(schema, meta(about, about.default, false))
  return named(schema, parser)
}

/** An option without which the service does not start. */
export function requiredOption<T>(parser: OptionParser<T>, about: About) {
  const schema = z.pipe(z.string({ error: 'is required' }), parser)
  optionMeta.add(schema, meta(about, null, true))
  return named(schema, parser)
}

/** An option that may be left out: null then. */
export function optionalOption<T>(parser: OptionParser<T>, about: About) {
  const schema = parser.optional().transform(value => value ?? null)
  optionMeta.add(schema, meta(about, null, false))
  return named(schema, parser)
}

function meta(about: About, standard: string | null, required: boolean): OptionMeta {
  return { description: about.description, default: standard, required, secret: about.secret ?? false }
}

function named<S extends z.ZodType>(schema: S, parser: z.ZodType): S {
  valueNames.add(schema, { valueName: valueNames.get(parser)?.valueName ?? 'text' })
  return schema
}
