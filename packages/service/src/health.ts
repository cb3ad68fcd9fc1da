import { errorFacts } from './errors.ts'
import type { Timers } from './time.ts'

/** Why something is not ready, as a sentence; null: it is. */
export type Check = () => string | null | Promise<string | null>

export type Readiness = {
  readonly ready: boolean
  /** `ok`, or why not. */
  readonly checks: { readonly [name: string]: string }
  /** What else is worth knowing; says nothing about readiness. */
  readonly facts: { readonly [name: string]: unknown }
}

/** The named checks behind /readyz. */
export interface Health {
  /** Adds a check, or replaces the one of that name. */
  check(name: string, check: Check): void
  /** Adds a fact to /readyz: plain data, for example the partitions owned. */
  fact(name: string, read: () => unknown): void
  readiness(): Promise<Readiness>
}

/** A check that has not answered by then counts as failed. */
const checkMsMax = 2_000

export function createHealth(timers: Timers): Health {
  const checks = new Map<string, Check>()
  const facts = new Map<string, () => unknown>()

  const answer = (check: Check): Promise<string> =>
    new Promise(resolve => {
      const cancel = timers.after(checkMsMax, () => resolve(`no answer within ${checkMsMax / 1_000} s`))
      const done = (sentence: string) => {
        cancel()
        resolve(sentence)
      }
      Promise.resolve()
        .then(check)
        .then(
          why => done(why ?? 'ok'),
          error => done(`the check itself failed: ${errorFacts(error).error}`),
        )
    })

  return {
    check(name, check) {
      checks.set(name, check)
    },
    fact(name, read) {
      facts.set(name, read)
    },
    async readiness() {
      const answers = await Promise.all([...checks].map(async ([name, check]) => [name, await answer(check)] as const))
      return {
        ready: answers.every(([, sentence]) => sentence === 'ok'),
        checks: Object.fromEntries(answers),
        facts: Object.fromEntries([...facts].map(([name, read]) => [name, read()])),
      }
    },
  }
}
