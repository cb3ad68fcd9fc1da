import type { AuditorPorts } from '../ports.ts'
import { ProblemError } from '../problem.ts'

/** Who sends a request, as far as it can be seen. */
export type Sender = { readonly from: string; readonly path: string; readonly agent: string | undefined }

type Window = { readonly since: number; tries: number; unsaid: number }

const windowMs = 60_000
/** Addresses that are remembered; of more, the oldest are forgotten. */
const addressesMax = 1_000
const agentMax = 200

/**
 * Failed authentications, by address. They are said in the log, at most twice a minute for each address: who asks in vain must not
 * fill it. And an address has so many a minute: then its tokens are not looked at any more, right or wrong, until the minute is over.
 */
export class FailedTries {
  readonly #ports: Pick<AuditorPorts, 'clock' | 'logger' | 'metrics'>
  readonly #max: number
  readonly #windows = new Map<string, Window>()

  constructor(ports: Pick<AuditorPorts, 'clock' | 'logger' | 'metrics'>, triesPerMinuteMax: number) {
    this.#ports = ports
    this.#max = triesPerMinuteMax
  }

  /** @throws ProblemError `too-many-tries` */
  expectMore({ from }: Sender): void {
    const window = this.#windows.get(from)
    if (window === undefined || window.tries < this.#max || this.#isOver(window)) return
    const seconds = Math.ceil((window.since + windowMs - this.#ports.clock.now()) / 1_000)
    throw new ProblemError(
      'too-many-tries',
      `${this.#max} tokens that are nobody's came from this address within a minute`,
      `wait for ${seconds} s, and send the right one`,
    )
  }

  /** A token that is nobody's was sent, or none where one is needed. */
  failed({ from, path, agent }: Sender, hasToken: boolean): void {
    const { logger, metrics } = this.#ports
    metrics.refused(hasToken ? 'wrong' : 'none')
    const window = this.#windowOf(from)
    if (hasToken) window.tries += 1
    window.unsaid += 1
    const isLast = hasToken && window.tries === this.#max
    if (window.unsaid > 1 && !isLast) return
    const facts = { from, path, agent: agent?.slice(0, agentMax), hasToken, tries: window.tries }
    const then = isLast ? `: for ${windowMs / 1_000} s at most none of its tokens is looked at` : ''
    logger.warn(facts, `somebody asked ${hasToken ? 'with a token that is nobody’s' : 'without a token'}${then}`)
  }

  #windowOf(from: string): Window {
    const known = this.#windows.get(from)
    if (known && !this.#isOver(known)) return known
    const window = { since: this.#ports.clock.now(), tries: 0, unsaid: 0 }
    this.#windows.delete(from)
    this.#windows.set(from, window)
    for (const oldest of this.#windows.keys()) {
      if (this.#windows.size <= addressesMax) break
      this.#windows.delete(oldest)
    }
    return window
  }

  #isOver({ since }: Window): boolean {
    return this.#ports.clock.now() - since >= windowMs
  }
}
