/** What the log needs of a logger; the one of `@rollcall/service` fits. */
export type EventLogLogger = {
  readonly info: (facts: object, message: string) => void
  readonly warn: (facts: object, message: string) => void
  readonly error: (facts: object, message: string) => void
  /** What the client library says; left out when absent. */
  readonly debug?: (facts: object, message: string) => void
}

const nothing = () => undefined

/** Says nothing. */
export const silent: EventLogLogger = { info: nothing, warn: nothing, error: nothing }

/** The sentence of an error, whatever was thrown. */
export function sentenceOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
