import { isEqual } from '../objects/frozen.ts'
import type { KubeObject } from '../objects/object-store.ts'
import type { Strategy } from '../objects/strategy.ts'
import { type FieldError, required } from './field-error.ts'
import { immutable, validateMetadata, validateMetadataUpdate } from './metadata.ts'
import { nonNegative } from './numbers.ts'
import { plainStrategy } from './strategy.ts'

/** spec §8.3: data is an object, and never changes. */
export const controllerRevisionStrategy: Strategy = {
  ...plainStrategy,
  *validateCreate(object) {
    yield* validateMetadata(object, true)
    yield* validateRevision(object)
    const { data } = object
    if (data === undefined || data === null) yield required('data', 'data is mandatory')
    else if (typeof data !== 'object' || Array.isArray(data)) yield required('data', 'data must be a valid JSON object')
  },
  *validateUpdate(object, present) {
    yield* validateMetadataUpdate(object, present)
    yield* validateRevision(object)
    if (!isEqual(object.data, present.data)) yield immutable('data', object.data)
  },
}

function* validateRevision(object: KubeObject): Iterable<FieldError> {
  yield* nonNegative(object.revision as number | undefined, 'revision')
}
