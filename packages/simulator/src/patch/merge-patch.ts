import { badRequest } from '../objects/errors.ts'
import type { Json } from '../objects/object-store.ts'

/**
 * RFC 7386.
 * @throws ApiStatusError 400 when the patch is no object
 */
export function mergePatch<T extends object>(object: T, patch: Json): T {
  if (!isFields(patch)) throw badRequest('Invalid JSON Patch')
  return merged(object, patch) as T
}

type Fields = { readonly [field: string]: unknown }

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function merged(present: unknown, patch: unknown): unknown {
  if (!isFields(patch)) return patch
  const result = new Map(Object.entries(isFields(present) ? present : {}))
  for (const [field, value] of Object.entries(patch)) {
    if (value === null) result.delete(field)
    else result.set(field, merged(result.get(field), value))
  }
  return Object.fromEntries(result)
}
