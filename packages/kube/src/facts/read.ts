import type { Json, Kind, Owner } from '@rollcall/contracts'
import type { KubeObject } from '../cluster-api.ts'

/** An object whose facts cannot be told: it lacks what every Kubernetes object has, or a field has an impossible form. */
export class FactsError extends Error {
  readonly code = 'odd-object'
  constructor(kind: Kind, object: unknown, problem: string) {
    super(
      `${nameOf(kind, object)}: ${problem}. The API server never writes that; look at what answers under its address`,
    )
    this.name = 'FactsError'
  }
}

function nameOf(kind: Kind, object: unknown): string {
  const metadata = fieldsOf(fieldsOf(object).metadata)
  const text = (member: string) => (typeof metadata[member] === 'string' ? (metadata[member] as string) : '')
  const name = `${text('namespace') === '' ? '' : `${text('namespace')}/`}${text('name') || '(no name)'}`
  return `${kind} ${name}${text('uid') === '' ? '' : ` (uid ${text('uid')})`}`
}

/** The members of an object; none when it is no object. */
export function fieldsOf(value: unknown): KubeObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as KubeObject) : {}
}

/** The items of a list; none when it is absent, as Go reads it. */
export function itemsOf(value: Json | undefined): readonly KubeObject[] {
  return Array.isArray(value) ? value.map(fieldsOf) : []
}

/** A string; empty when it is absent, as Go reads it. */
export function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : ''
}

export function textsOf(value: Json | undefined): string[] {
  return Array.isArray(value) ? value.filter(item => typeof item === 'string') : []
}

/** null stands for absent and empty, which mean the same to the API. */
export function textOrNull(value: Json | undefined): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}

/** A map of strings in key order, so that equal maps have one form. */
export function labelsOf(value: Json | undefined): Record<string, string> {
  const labels: Record<string, string> = {}
  const fields = fieldsOf(value)
  for (const key of Object.keys(fields).sort()) {
    const label = fields[key]
    if (typeof label === 'string') labels[key] = label
  }
  return labels
}

/** Reads one object's fields and names the object when one is impossible. */
export class ObjectReader {
  readonly kind: Kind
  readonly object: KubeObject
  readonly metadata: KubeObject

  constructor(kind: Kind, object: unknown) {
    this.kind = kind
    this.object = fieldsOf(object)
    this.metadata = fieldsOf(this.object.metadata)
  }

  fail(problem: string): never {
    throw new FactsError(this.kind, this.object, problem)
  }

  /** `metadata.<member>`, which must be there. */
  required(member: 'name' | 'namespace' | 'uid' | 'resourceVersion'): string {
    return textOrNull(this.metadata[member]) ?? this.fail(`metadata.${member} is missing`)
  }

  identity(): { readonly uid: string; readonly resourceVersion: string } {
    return { uid: this.required('uid'), resourceVersion: this.required('resourceVersion') }
  }

  lifetime(): { readonly createdAt: number; readonly deletedAt: number | null } {
    const createdAt = this.time(this.metadata.creationTimestamp, 'metadata.creationTimestamp')
    return {
      createdAt: createdAt ?? this.fail('metadata.creationTimestamp is missing'),
      deletedAt: this.time(this.metadata.deletionTimestamp, 'metadata.deletionTimestamp'),
    }
  }

  /** Milliseconds since the epoch; null when absent. */
  time(value: Json | undefined, path: string): number | null {
    if (value === undefined || value === null) return null
    const millis = typeof value === 'string' ? Date.parse(value) : Number.NaN
    if (Number.isFinite(millis) && millis >= 0) return Math.trunc(millis)
    return this.fail(`${path} is no time: ${JSON.stringify(value)}`)
  }

  /** An integer; `otherwise` when absent. */
  int(value: Json | undefined, path: string, otherwise: number): number {
    if (value === undefined || value === null) return otherwise
    if (typeof value === 'number' && Number.isSafeInteger(value)) return value
    return this.fail(`${path} is no integer: ${JSON.stringify(value)}`)
  }

  /** The reference with `controller: true`; others do not count (spec §6). */
  owner(): Owner | null {
    const reference = itemsOf(this.metadata.ownerReferences).find(entry => entry.controller === true)
    if (!reference) return null
    return {
      apiVersion: textOf(reference.apiVersion),
      kind: textOf(reference.kind),
      name: textOf(reference.name),
      uid: textOf(reference.uid),
    }
  }
}
