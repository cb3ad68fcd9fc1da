import type { z } from 'zod'
import { valueNames } from './option.ts'

/** How an option is called outside: its flag and its environment variable. */
export type OptionNames = { readonly flag: string; readonly env: string }

/** `kafkaBrokers` → `kafka-brokers`, ROLLCALL_KAFKA_BROKERS; a duration leaves out its `Ms`. */
export function namesOf(key: string, schema: z.ZodType): OptionNames {
  const isDuration = valueNames.get(schema)?.valueName === 'duration'
  const words = (isDuration ? key.replace(/Ms$/, '') : key).replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)
  return { flag: `--${words}`, env: `ROLLCALL_${words.replaceAll('-', '_').toUpperCase()}` }
}
