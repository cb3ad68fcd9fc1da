import { isEqual } from '../objects/frozen.ts'
import type { KubeObject } from '../objects/object-store.ts'
import type { Strategy } from '../objects/strategy.ts'
import { validateMetadata, validateMetadataUpdate } from './metadata.ts'

/** A namespaced resource without defaults and without status: what the others are made from. */
export const plainStrategy: Strategy = {
  prepareCreate: object => object,
  prepareUpdate: object => object,
  prepareStatus: withStatusOnly,
  validateCreate: object => validateMetadata(object, true),
  validateUpdate: validateMetadataUpdate,
  validateStatus: validateMetadataUpdate,
  graceSeconds: () => null,
}

/** Of a status write only metadata and status count. */
export function withStatusOnly(object: KubeObject, present: KubeObject): KubeObject {
  return { ...present, metadata: object.metadata, status: object.status ?? {} }
}

/** Of an ordinary write everything but status counts. */
export function withPresentStatus(object: KubeObject, present: KubeObject): KubeObject {
  const { status: _, ...others } = object
  return present.status === undefined ? others : { ...others, status: present.status }
}

export function withGeneration(object: KubeObject, generation: number): KubeObject {
  return { ...object, metadata: { ...object.metadata, generation } }
}

/** generation counts the changes of spec. */
export function withGenerationOfSpec(object: KubeObject, present: KubeObject): KubeObject {
  const { generation = 0 } = present.metadata
  if (!isEqual(object.spec, present.spec)) return withGeneration(object, generation + 1)
  return present.spec === undefined ? object : { ...object, spec: present.spec }
}
