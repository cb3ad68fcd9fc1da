import type { Annotation } from './annotation.ts'
import { guardAnnotations } from './guard.ts'
import { placementAnnotations } from './placement.ts'
import { rolloutAnnotations } from './rollout.ts'
import { statusAnnotations } from './status.ts'

/**
 * Everything a DaemonSet can ask for. To add one: one entry in the file of its group. `Policy`, the checks, the words about nonsense and
 * `docs/annotations.md` (`vitest -u` writes it) follow from it.
 */
export const annotations = {
  ...rolloutAnnotations,
  ...placementAnnotations,
  ...guardAnnotations,
  ...statusAnnotations,
} as const

type Table = typeof annotations

/** What one DaemonSet asks for, by the keys of the table. */
export type Asked = { readonly [K in keyof Table]: Table[K] extends Annotation<infer T> ? T : never }

export const keys = Object.keys(annotations) as (keyof Table)[]
