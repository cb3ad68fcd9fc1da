import type { AskedBy } from '@rollcall/contracts'
import { Pseudonyms } from './pseudonyms.ts'

/** Who asked for something is a person's name: it is not needed to replay. Names of the system stay. */
export class People {
  readonly #names = new Pseudonyms('user')

  named(name: string): string {
    return isOfSystem(name) ? name : this.#names.of(name)
  }

  asked({ user, via }: AskedBy): AskedBy {
    return { user: this.named(user), via }
  }

  /** In facts and marks of a decision, whose form is the core's affair: whatever has the form of `AskedBy`, however deep. */
  within<T>(value: T): T {
    return this.#within(value) as T
  }

  #within(value: unknown): unknown {
    if (typeof value !== 'object' || value === null) return value
    if (Array.isArray(value)) return value.map(item => this.#within(item))
    const members = Object.entries(value).map(([name, member]) => [name, this.#within(member)])
    const changed = Object.fromEntries(members) as { readonly [name: string]: unknown }
    const { user, via } = changed
    return typeof user === 'string' && typeof via === 'string' ? { ...changed, ...this.asked({ user, via }) } : changed
  }
}

export const isOfSystem = (name: string): boolean => name.startsWith('system:')
