/**
 * A deeply frozen copy without undefined fields. What is frozen already is shared, not copied: an update costs what it
 * changes, and two versions of an object have their unchanged parts in common.
 */
export function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  if (Array.isArray(value)) return Object.freeze(value.map(frozen)) as T
  const copy: { [key: string]: unknown } = {}
  for (const key of Object.keys(value)) {
    const field = (value as Fields)[key]
    if (field !== undefined) copy[key] = frozen(field)
  }
  return Object.freeze(copy) as T
}

/** Deep equality of JSON values; quick where parts are shared. An undefined field is no field. */
export function isEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Array.isArray(a) || Array.isArray(b)) {
    return (
      Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((item, index) => isEqual(item, b[index]))
    )
  }
  // Each pair once: looking both ways would take twice as long with every level.
  return hasEqualFields(a, b) && Object.keys(a).every(key => has(b, key) || !has(a, key))
}

type Fields = { readonly [key: string]: unknown }

function hasEqualFields(a: object, b: object): boolean {
  return Object.keys(b).every(key => isEqual((a as Fields)[key], (b as Fields)[key]))
}

function has(object: object, key: string): boolean {
  return (object as Fields)[key] !== undefined
}
