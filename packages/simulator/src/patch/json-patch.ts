import { applyPatch, type Operation, Pointer } from 'rfc6902'
import { isTooDeep } from '../objects/depth.ts'
import { badRequest } from '../objects/errors.ts'
import { ApiStatusError, type Json } from '../objects/object-store.ts'
import { cannotApply } from './errors.ts'
import { isFields } from './merge-patch.ts'

const operationsMax = 10_000
/** Of all that a patch copies, as kube-apiserver limits it: each copy may double the object. */
const copiedMax = 3 * 1024 * 1024

/**
 * RFC 6902.
 * @throws ApiStatusError 400 when it is not a list of operations, 413 when there are more than 10,000, 422 when one of
 * them does not fit the object, or they copy more than 3 MiB
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
  let copied = 0
  for (const operation of patch as readonly Operation[]) {
    const moved = { ...operation, path: `/object${operation.path}` }
    if ('from' in moved) moved.from = `/object${moved.from}`
    if (moved.op === 'copy') copied += sizeOf(Pointer.fromJSON(moved.from).get(root))
    if (copied > copiedMax) throw cannotApply()
    if (applyPatch(root, [moved]).some(error => error !== null)) throw cannotApply()
  }
  return root.object
}

/** In characters; more than any limit of what nests too deep to be copied. */
function sizeOf(value: unknown): number {
  return isTooDeep(value) ? Number.POSITIVE_INFINITY : (JSON.stringify(value)?.length ?? 0)
}

function isOperation(value: unknown): boolean {
  if (!isFields(value)) return false
  const { op, path } = value
  return typeof op === 'string' && typeof path === 'string' && (path === '' || path.startsWith('/'))
}
