import { isEqual } from '../objects/frozen.ts'
import type { KubeObject, ObjectMeta, OwnerReference } from '../objects/object-store.ts'
import { type FieldError, forbiddenField, invalidValue, required, tooLong } from './field-error.ts'
import { dnsLabelComplaints, dnsSubdomainComplaints, qualifiedNameComplaints } from './formats.ts'
import { validateLabels } from './labels.ts'

export type NameRule = 'dnsSubdomain' | 'dnsLabel' | 'pathSegment'

const annotationBytesMax = 256 * 1024

/** Of every object that is created (`apimachinery/pkg/api/validation/objectmeta.go`). */
export function* validateMetadata(
  { metadata }: KubeObject,
  isNamespaced: boolean,
  rule: NameRule = 'dnsSubdomain',
): Iterable<FieldError> {
  if (metadata.generateName !== undefined) {
    for (const complaint of nameComplaints(withoutDash(metadata.generateName), rule)) {
      yield invalidValue('metadata.generateName', metadata.generateName, complaint)
    }
  }
  if (metadata.name === '') yield required('metadata.name', 'name or generateName is required')
  else {
    for (const complaint of nameComplaints(metadata.name, rule)) {
      yield invalidValue('metadata.name', metadata.name, complaint)
    }
  }
  if (isNamespaced) yield* validateNamespaceOf(metadata)
  yield* validateChangeable(metadata)
  yield* validateFinalizers(metadata.finalizers ?? [])
}

/** Of every update. What only the server may change, it has restored before. */
export function* validateMetadataUpdate(object: KubeObject, present: KubeObject): Iterable<FieldError> {
  const { metadata } = object
  const before = present.metadata
  if (isEqual(metadata, before)) return
  yield* validateFinalizers(metadata.finalizers ?? [])
  if (before.deletionTimestamp !== undefined) {
    const added = (metadata.finalizers ?? []).filter(name => !before.finalizers?.includes(name)).sort()
    if (added.length > 0) {
      const shown = added.map(name => JSON.stringify(name)).join(', ')
      const detail = `no new finalizers can be added if the object is being deleted, found new finalizers []string{${shown}}`
      yield forbiddenField('metadata.finalizers', detail)
    }
  }
  if (metadata.resourceVersion === '') {
    yield invalidValue('metadata.resourceVersion', '', 'must be specified for an update')
  }
  for (const field of ['name', 'namespace', 'uid', 'creationTimestamp', 'deletionTimestamp'] as const) {
    if (metadata[field] !== before[field]) yield immutable(`metadata.${field}`, metadata[field])
  }
  yield* validateChangeable(metadata)
}

export function immutable(field: string, value: unknown): FieldError {
  return invalidValue(field, value, 'field is immutable')
}

function nameComplaints(name: string, rule: NameRule): readonly string[] {
  switch (rule) {
    case 'dnsSubdomain':
      return dnsSubdomainComplaints(name)
    case 'dnsLabel':
      return dnsLabelComplaints(name)
    case 'pathSegment':
      if (name === '.' || name === '..') return [`may not be '${name}'`]
      return ['/', '%'].filter(part => name.includes(part)).map(part => `may not contain '${part}'`)
  }
}

/** A prefix may end with the dash that the generated part follows. */
function withoutDash(prefix: string): string {
  return prefix.length > 1 && prefix.endsWith('-') ? `${prefix.slice(0, -2)}a` : prefix
}

function* validateNamespaceOf({ namespace = '' }: ObjectMeta): Iterable<FieldError> {
  if (namespace === '') yield required('metadata.namespace')
  else {
    for (const complaint of dnsLabelComplaints(namespace)) {
      yield invalidValue('metadata.namespace', namespace, complaint)
    }
  }
}

function* validateChangeable(metadata: ObjectMeta): Iterable<FieldError> {
  yield* validateLabels(metadata.labels, 'metadata.labels')
  yield* validateAnnotations(metadata.annotations, 'metadata.annotations')
  yield* validateOwnerReferences(metadata.ownerReferences ?? [])
}

export function* validateAnnotations(annotations: ObjectMeta['annotations'], path: string): Iterable<FieldError> {
  let bytes = 0
  for (const [key, value] of Object.entries(annotations ?? {})) {
    for (const complaint of qualifiedNameComplaints(key.toLowerCase())) yield invalidValue(path, key, complaint)
    bytes += Buffer.byteLength(key) + Buffer.byteLength(value)
  }
  if (bytes > annotationBytesMax) yield tooLong(path, annotationBytesMax)
}

function* validateOwnerReferences(references: readonly OwnerReference[]): Iterable<FieldError> {
  const path = 'metadata.ownerReferences'
  let controller: string | null = null
  for (const [index, reference] of references.entries()) {
    for (const field of ['apiVersion', 'kind', 'name', 'uid'] as const) {
      if (!reference[field]) yield required(`${path}[${index}].${field}`, 'must not be empty')
    }
    if (reference.apiVersion === 'v1' && reference.kind === 'Event') {
      yield invalidValue(`${path}[${index}]`, reference, '/v1, Kind=Event is disallowed from being an owner')
    }
    if (reference.controller !== true) continue
    const name = `${reference.kind}/${reference.name}`
    if (controller === null) controller = name
    else {
      const detail = `Only one reference can have Controller set to true. Found "true" in references for ${controller} and ${name}`
      yield invalidValue(path, references, detail)
    }
  }
}

function* validateFinalizers(finalizers: readonly string[]): Iterable<FieldError> {
  const path = 'metadata.finalizers'
  for (const finalizer of finalizers) {
    for (const complaint of qualifiedNameComplaints(finalizer)) yield invalidValue(path, finalizer, complaint)
  }
  if (finalizers.includes('orphan') && finalizers.includes('foregroundDeletion')) {
    yield invalidValue(path, finalizers, 'finalizer orphan and foregroundDeletion cannot be both set')
  }
}
