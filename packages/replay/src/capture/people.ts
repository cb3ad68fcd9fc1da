/**
 * Who asked for something is a person's name, and where from a person's address: neither is needed to replay, so neither leaves
 * with a capture. Names become `user-1`, `user-2`, … in the order in which they first occur, everywhere alike, so that decisions
 * which tell them agree; names of the system stay.
 */
export class People {
  readonly #names = new Map<string, string>()

  /** The same value, with people's names replaced; the very value when there are none. */
  hidden<T>(value: T): T {
    return this.#hide(value) as T
  }

  #hide(value: unknown): unknown {
    if (typeof value !== 'object' || value === null) return value
    if (Array.isArray(value))
      return unlessSame(
        value,
        value.map(item => this.#hide(item)),
      )
    const members = value as { readonly [name: string]: unknown }
    const changed = Object.fromEntries(
      Object.entries(members).map(([name, member]) => [name, name === 'sourceIps' ? [] : this.#hide(member)]),
    )
    // As contracts write whoever asked: `{ user, via }`, and the audit log's `{ name, groups, impersonatedBy }`.
    if (hasOnly(members, 'user', 'via')) changed.user = this.#named(members.user)
    if (hasOnly(members, 'groups', 'impersonatedBy', 'name')) {
      changed.name = this.#named(members.name)
      changed.impersonatedBy = this.#named(members.impersonatedBy)
      changed.groups = Array.isArray(members.groups) ? members.groups.filter(isOfSystem) : []
    }
    const isSame = Object.entries(members).every(([name, member]) => changed[name] === member)
    return isSame ? value : changed
  }

  #named(name: unknown): unknown {
    if (typeof name !== 'string' || isOfSystem(name)) return name
    const known = this.#names.get(name) ?? `user-${this.#names.size + 1}`
    this.#names.set(name, known)
    return known
  }
}

const isOfSystem = (name: unknown): boolean => typeof name === 'string' && name.startsWith('system:')

const hasOnly = (members: object, ...names: readonly string[]): boolean =>
  Object.keys(members).sort().join() === names.join()

function unlessSame(before: readonly unknown[], after: readonly unknown[]): readonly unknown[] {
  return after.every((item, index) => item === before[index]) ? before : after
}
