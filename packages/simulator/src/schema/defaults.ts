/** With what is missing of the defaults; the same object when nothing is. An empty string counts as missing. */
export function withDefaults<T extends object>(value: T, defaults: Partial<T>): T {
  const missing = Object.entries(defaults).filter(([key]) => {
    const present = (value as { readonly [key: string]: unknown })[key]
    return present === undefined || present === null || present === ''
  })
  return missing.length === 0 ? value : { ...value, ...Object.fromEntries(missing) }
}

/** With one field changed, if it is there; the same object when the change leaves it. */
export function mapField<T extends object, K extends keyof T>(
  value: T,
  key: K,
  change: (field: NonNullable<T[K]>) => NonNullable<T[K]>,
): T {
  const field = value[key]
  if (field === undefined || field === null) return value
  const next = change(field)
  return next === field ? value : { ...value, [key]: next }
}

/** The same list when no item changes. */
export function mapItems<T>(items: readonly T[], change: (item: T) => T): readonly T[] {
  const next = items.map(change)
  return next.every((item, index) => item === items[index]) ? items : next
}
