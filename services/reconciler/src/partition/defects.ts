import { errorFacts } from '@rollcall/service'
import { BrokenStreamError, DecisionError, FoldError } from '../errors.ts'
import type { ReconcilerPorts } from '../ports.ts'
import type { ReconcilerSettings } from '../settings.ts'
import type { KnownDefects } from './read-batch.ts'

type Ports = Pick<ReconcilerPorts, 'clock' | 'timers' | 'logger' | 'metrics'>

type Stuck = { readonly until: number; readonly reason: string; readonly cancel: () => void }

/**
 * What is known of defects of the core in one partition, so that a defect that one cluster brings to light does not stop the
 * others: an event whose folding threw is set aside; a stream whose decision threw is recorded, and decided again later; the
 * records of a stream whose ledger cannot be folded are set aside until another version of this program runs. Its watch
 * positions stay where they are, so that its watcher then comes back to what was set aside.
 */
export class Defects {
  readonly #ports: Ports
  readonly #undecidableMs: number
  readonly #decideAgain: (cluster: string) => void
  readonly #records = new Map<bigint, string>()
  readonly #broken = new Map<string, string>()
  readonly #stuck = new Map<string, Stuck>()

  constructor(
    ports: Ports,
    settings: Pick<ReconcilerSettings, 'undecidableMs'>,
    decideAgain: (cluster: string) => void,
  ) {
    this.#ports = ports
    this.#undecidableMs = settings.undecidableMs
    this.#decideAgain = decideAgain
  }

  get known(): KnownDefects {
    return { records: this.#records, streams: this.#broken }
  }

  /** A dead letter is committed: it will not come again. */
  forgetRecord(offset: bigint): void {
    this.#records.delete(offset)
  }

  /** Notes what an error of folding or deciding means for the next attempt. Any other error is thrown on. */
  note(error: unknown): void {
    if (error instanceof FoldError) {
      this.#records.set(error.offset, error.message)
      this.#ports.logger.error({ cluster: error.cluster, ...causeOf(error) }, `${error.message}: set aside`)
      return
    }
    if (error instanceof BrokenStreamError) {
      this.#broken.set(error.cluster, error.message)
      this.#ports.logger.error(
        { cluster: error.cluster, ...causeOf(error) },
        `${error.message}: its records are set aside`,
      )
      return
    }
    if (!(error instanceof DecisionError)) throw error
    const { cluster, message } = error
    const { clock, timers, metrics, logger } = this.#ports
    this.#stuck.get(cluster)?.cancel()
    const cancel = timers.after(this.#undecidableMs, () => this.#decideAgain(cluster))
    this.#stuck.set(cluster, { until: clock.now() + this.#undecidableMs, reason: message, cancel })
    metrics.undecidable(cluster)
    logger.error({ cluster, ...causeOf(error) }, `${message}: only recorded for ${this.#undecidableMs / 1_000} s`)
  }

  /** Whether the stream is to be decided now. */
  mayDecide(cluster: string): boolean {
    const stuck = this.#stuck.get(cluster)
    return !stuck || this.#ports.clock.now() >= stuck.until
  }

  /** Deciding worked. */
  decided(cluster: string): void {
    this.#stuck.get(cluster)?.cancel()
    this.#stuck.delete(cluster)
  }

  troubles(): string[] {
    return [...this.#broken.values(), ...[...this.#stuck.values()].map(({ reason }) => reason)]
  }

  close(): void {
    for (const { cancel } of this.#stuck.values()) cancel()
    this.#stuck.clear()
  }
}

function causeOf(error: Error) {
  return error.cause === undefined ? {} : errorFacts(error.cause)
}
