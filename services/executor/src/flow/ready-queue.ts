import { Fifo } from './fifo.ts'
import type { HeldCommand } from './held-command.ts'

/**
 * What may begin, oldest first; deletions and everything else take turns. So the new pods of a rollout do not wait behind
 * all its deletions, and a node is without its pod as shortly as possible.
 */
export class ReadyQueue {
  readonly #deletions = new Fifo<HeldCommand>()
  readonly #others = new Fifo<HeldCommand>()
  #isDeletionsTurn = false

  push(held: HeldCommand): void {
    const queue = held.command.type === 'DeletePod' ? this.#deletions : this.#others
    queue.push(held)
  }

  shift(): HeldCommand | undefined {
    this.#isDeletionsTurn = !this.#isDeletionsTurn
    const [first, second] = this.#isDeletionsTurn ? [this.#deletions, this.#others] : [this.#others, this.#deletions]
    return first.shift() ?? second.shift()
  }
}
