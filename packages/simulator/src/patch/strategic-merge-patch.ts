import { badRequest, unknownError } from '../objects/errors.ts'
import type { Json } from '../objects/object-store.ts'
import { isFields } from './merge-patch.ts'
import { type PatchField, patchField } from './patch-schema.ts'

type Fields = { readonly [field: string]: unknown }
type Items = readonly unknown[]

const directive = '$patch'
const retainKeys = '$retainKeys'
const deleteFromList = '$deleteFromPrimitiveList/'
const elementOrder = '$setElementOrder/'

/**
 * Kubernetes' own merge patch, in which lists merge by key (`apimachinery/pkg/util/strategicpatch`). One accident of the
 * reference is not copied: when a patch deletes from and adds to a list in which the server has items of its own, Go's
 * slices share memory, and the order of those items comes from what was overwritten.
 * @param schemaName of the object: `io.k8s.api.core.v1.Pod`
 * @throws ApiStatusError 400 when the patch is malformed
 */
export function strategicMergePatch<T extends object>(schemaName: string, object: T, patch: Json): T {
  if (!isFields(patch)) throw badRequest('json: cannot unmarshal a patch that is no object')
  return mergedFields(object as Fields, patch, schemaName) as T
}

function mergedFields(present: Fields, patch: Fields, schemaName: string | null): Fields {
  const { [directive]: asked, ...others } = patch
  if (asked === 'replace') return others
  if (asked === 'delete') return {}
  if (asked !== undefined) throw unknownDirective(asked, patch)

  const result = new Map(Object.entries(retained(present, patch)))
  const ordered = Object.keys(patch).filter(key => key.startsWith(elementOrder))
  for (const key of ordered) {
    const field = key.slice(elementOrder.length)
    const list = orderedList(result.get(field), patch[field], patch[key], patchField(schemaName, field))
    if (list !== null) result.set(field, list)
  }
  const done = new Set(ordered.map(key => key.slice(elementOrder.length)))
  for (const [key, value] of Object.entries(patch)) {
    if (key === retainKeys || key.startsWith(elementOrder) || done.has(key)) continue
    if (key.startsWith(deleteFromList)) deletePrimitives(result, key.slice(deleteFromList.length), value)
    else mergeField(result, key, value, schemaName)
  }
  return Object.fromEntries(result)
}

function mergeField(result: Map<string, unknown>, key: string, patch: unknown, schemaName: string | null): void {
  if (patch === null) {
    result.delete(key)
    return
  }
  const present = result.get(key)
  const field = patchField(schemaName, key)
  if (isFields(present) && isFields(patch)) {
    result.set(key, field.replaces ? patch : mergedFields(present, patch, field.schemaName))
  } else if (Array.isArray(present) && Array.isArray(patch)) {
    result.set(key, field.merges ? mergedList(present, patch, field) : patch)
  } else if (isDirective(patch)) {
    result.delete(key)
  } else {
    result.set(key, withoutDirectives(patch))
  }
}

/** `$retainKeys`: of a union, only the fields named stay. */
function retained(present: Fields, patch: Fields): Fields {
  const names = patch[retainKeys]
  if (names === undefined) return present
  const isKept = (key: string) => Array.isArray(names) && names.includes(key)
  const isForeign = ([key, value]: [string, unknown]) =>
    value !== null &&
    key !== retainKeys &&
    !key.startsWith(deleteFromList) &&
    !key.startsWith(elementOrder) &&
    !isKept(key)
  if (!Array.isArray(names) || Object.entries(patch).some(isForeign)) {
    throw badRequest('invalid patch format of retainKeys')
  }
  return Object.fromEntries(Object.entries(present).filter(([key]) => isKept(key)))
}

function deletePrimitives(result: Map<string, unknown>, key: string, values: unknown): void {
  const present = result.get(key)
  if (!Array.isArray(values)) throw badRequest('invalid patch format of primitive list')
  if (Array.isArray(present)) {
    result.set(
      key,
      present.filter(item => !values.includes(item)),
    )
  }
}

/** `$setElementOrder`: what the patch knows is in its order; what only the server knows keeps its place among it. */
function orderedList(present: unknown, patch: unknown, order: unknown, field: PatchField): Items | null {
  if (!Array.isArray(order)) throw badRequest('invalid patch format of setElementOrder list')
  if (present !== undefined && !Array.isArray(present)) throw unknownError('$setElementOrder of what is not a list')
  if (patch !== undefined && !Array.isArray(patch)) throw unknownError('$setElementOrder beside what is not a list')
  if (present === undefined && patch === undefined) return null
  assertInOrder(patch ?? [], order, field.mergeKey)
  if (present === undefined) return inOrder(withoutDirectives(patch) as Items, order, [], field.mergeKey)
  if (patch === undefined) return inOrder(present, order, present, field.mergeKey)
  return inOrder(field.merges ? mergedList(present, patch, field) : patch, order, present, field.mergeKey)
}

/** Every item of the patch must be in the order, and in that order. */
function assertInOrder(patch: Items, order: Items, mergeKey: string | null): void {
  if (order.length === 0) return
  const keys = order.map(item => keyOf(item, mergeKey))
  let position = 0
  for (const item of patch) {
    if (isDirective(item)) continue
    const found = keys.indexOf(keyOf(item, mergeKey), position)
    if (found < 0) {
      throw unknownError(
        `The order in patch list:\n${printed(patch)}\n doesn't match $setElementOrder list:\n${printed(order)}\n`,
      )
    }
    position = found + 1
  }
}

function mergedList(present: Items, patch: Items, field: PatchField): Items {
  const isOfFields = isFields(present[0] ?? patch[0])
  if (!isOfFields) return inOrder([...new Set([...present, ...patch])], patch, present, null)
  const { mergeKey } = field
  if (mergeKey === null) throw unknownError(`cannot merge lists without merge key for ${field.schemaName ?? 'a list'}`)

  const plain = patch.filter(item => !isDirective(item))
  let base = present
  for (const item of patch) {
    if (!isDirective(item)) continue
    const asked = item[directive]
    if (asked === 'replace') return plain
    if (asked !== 'delete') throw unknownDirective(asked, item)
    const key = keyOf(item, mergeKey)
    base = base.filter(other => (other as Fields)[mergeKey] !== key)
  }
  const merged = [...base]
  for (const item of plain) {
    const key = keyOf(item, mergeKey)
    const at = merged.findIndex(other => (other as Fields)[mergeKey] === key)
    if (at < 0) merged.push(item)
    else merged[at] = mergedFields(merged[at] as Fields, item as Fields, field.schemaName)
  }
  return inOrder(merged, plain, base, mergeKey)
}

/**
 * Items of the patch's order first among themselves, the server's own merged between them by the server's order.
 * Both are parts of `items`.
 */
function inOrder(items: Items, order: Items, serverOrder: Items, mergeKey: string | null): Items {
  const patchKeys = order.map(item => keyOf(item, mergeKey))
  const serverKeys = serverOrder.map(item => keyOf(item, mergeKey))
  const at = (keys: Items, item: unknown) => keys.indexOf(keyOf(item, mergeKey))
  const known = items.filter(item => at(patchKeys, item) >= 0).sort((a, b) => at(patchKeys, a) - at(patchKeys, b))
  const own = items.filter(item => at(patchKeys, item) < 0).sort((a, b) => at(serverKeys, a) - at(serverKeys, b))

  const result: unknown[] = []
  while (own.length > 0 && known.length > 0) {
    const [left, right] = [at(serverKeys, own[0]), at(serverKeys, known[0])]
    result.push(left >= 0 && right >= 0 && left < right ? own.shift() : known.shift())
  }
  return [...result, ...own, ...known]
}

function keyOf(item: unknown, mergeKey: string | null): unknown {
  if (mergeKey === null) return item
  const key = isFields(item) ? item[mergeKey] : undefined
  if (key === undefined) throw unknownError(`map: ${printed(item)} does not contain declared merge key: ${mergeKey}`)
  return key
}

function isDirective(value: unknown): value is Fields {
  return isFields(value) && value[directive] !== undefined
}

/** What a patch adds that was not there: without its directives and nulls. */
function withoutDirectives(value: unknown): unknown {
  if (Array.isArray(value)) return value.filter(item => !isDirective(item)).map(withoutDirectives)
  if (!isFields(value)) return value
  const kept = Object.entries(value).filter(([, field]) => field !== null && !isDirective(field))
  return Object.fromEntries(kept.map(([key, field]) => [key, withoutDirectives(field)]))
}

function unknownDirective(asked: unknown, patch: Fields) {
  return unknownError(`unknown patch type: ${printed(asked)} in map: ${printed(patch)}`)
}

const printed = (value: unknown) => JSON.stringify(value)
