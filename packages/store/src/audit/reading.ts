import type { Session } from '../sql/statement.ts'

/** One stream being read, all at one instant. */
export type Reading = {
  readonly session: Session
  readonly cluster: string
  /** `streams.id`. */
  readonly stream: number
}
