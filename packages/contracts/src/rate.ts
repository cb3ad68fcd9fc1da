import { z } from 'zod'

/** So many in so long a time. */
export const rateSchema = z.object({ count: z.int().positive(), perMs: z.int().positive() })
export type Rate = z.infer<typeof rateSchema>

/** How a rate is written, to follow "must be". */
export const rateWords = 'a rate such as `10/s`, `30/m` or `500/h`'

const unitMs: { readonly [unit: string]: number } = { s: 1000, m: 60_000, h: 3_600_000 }

/** `10/s`, `30/m`, `500/h`; undefined: none of these. */
export function readRate(text: string): Rate | undefined {
  const parts = /^([1-9][0-9]{0,5})\/([smh])$/.exec(text)
  return parts ? { count: Number(parts[1]), perMs: unitMs[parts[2] ?? ''] ?? 1000 } : undefined
}
