import type { TopicName } from '@rollcall/contracts'
import { type DeadLetter, type Ownership, StaleOwnerError, type Store, StoreError } from '@rollcall/store'

type Used = Pick<Store, 'takeOwnership' | 'commitOffset' | 'settledCommands'>

/** The part of the store an executor uses, in memory. Another process can take the partition at any time. */
export class ScriptedStore implements Used {
  readonly settled = new Set<string>()
  /** The next calls fail while this is set. */
  failure: StoreError | null = null
  offset: bigint | null = null
  readonly deadLetters: DeadLetter[] = []
  commits = 0
  #epoch = 0

  async takeOwnership(group: string, topic: TopicName, partition: number) {
    this.#fail()
    this.#epoch++
    return { owner: { group, topic, partition, epoch: this.#epoch }, nextOffset: this.offset }
  }

  async commitOffset(owner: Ownership, nextOffset: bigint, deadLetters: readonly DeadLetter[] = []): Promise<void> {
    this.#fail()
    if (owner.epoch !== this.#epoch) throw new StaleOwnerError(owner, this.#epoch)
    this.commits++
    this.offset = nextOffset
    this.deadLetters.push(...deadLetters)
  }

  async settledCommands(ids: readonly string[]): Promise<ReadonlySet<string>> {
    this.#fail()
    return new Set(ids.filter(id => this.settled.has(id)))
  }

  /** Another process raises the epoch. */
  stealOwnership(): void {
    this.#epoch++
  }

  #fail(): void {
    if (this.failure) throw this.failure
  }
}

export function storeDown(): StoreError {
  return new StoreError('unreachable', 'no database answers')
}
