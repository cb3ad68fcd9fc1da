import type { Form } from './values.ts'

/** All that Rollcall is asked for stands under this prefix. */
export const prefix = 'rollcall.dev/'

/** One thing that a DaemonSet can ask for. */
export type Annotation<T> = {
  /** Without the prefix. */
  readonly name: string
  readonly form: Form<T>
  /** What holds when it is absent: what the built-in controller does. */
  readonly absent: T
  readonly example: string
  /** What it does, in whole sentences of Markdown: `docs/annotations.md` and nothing else is made from it. */
  readonly meaning: string
  /**
   * What holds while its value is nonsense. It counts as absent; where that would do more than somebody wanted to allow, the
   * rollout is held as well.
   */
  readonly nonsense: 'asAbsent' | 'holdsRollout'
}

/** One annotation of the table, with its types checked. */
export const annotation = <T>(declared: Annotation<T>): Annotation<T> => declared
