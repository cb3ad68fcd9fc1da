import { applyPatch, type Operation } from 'rfc6902'
import { badRequest } from '../objects/errors.ts'
import { ApiStatusError, type Json } from '../objects/object-store.ts'
import { cannotApply } from './errors.ts'
import { isFields } from './merge-patch.ts'

const operationsMax = 10_000

/**
 * RFC 6902.
 * @throws ApiStatusError 400 when it is not a list of operations, 413 when there are more than 10,000, 422 when one of
 * them does not fit the object
 */
export function jsonPatch<T>(object: T, patch: Json): T {
  if (!Array.isArray(patch) || !patch.every(isOperation)) {
    throw badRequest('a JSON patch is a list of operations, each with op and path')
  }
  if (patch.length > operationsMax) {
    const message = `The allowed maximum operations in a JSON patch is ${operationsMax}, got ${patch.length}`
    throw new ApiStatusError(413, 'RequestEntityTooLarge', message)
  }
  const root = { object: structuredClone(object) }
  // Below a root of our own, an operation on the whole document (path "") is one like any other.
  for (const operation of patch as readonly Operation[]) {
    const moved = { ...operation, path: `/object${operation.path}` }
    if ('from' in moved) moved.from = `/object${moved.from}`
    if (applyPatch(root, [moved]).some(error => error !== null)) throw cannotApply()
  }
  return root.object
}

function isOperation(value: unknown): boolean {
  if (!isFields(value)) return false
  const { op, path } = value
  return typeof op === 'string' && typeof path === 'string' && (path === '' || path.startsWith('/'))
}
