import type { FieldError } from '../schema/field-error.ts'
import type { DeleteOptions, KubeObject } from './object-store.ts'

/**
 * What is particular to one resource when it is written (kube-apiserver's strategies, with defaulting and the admission
 * plugins that change objects). Metadata that belongs to the server is set before and cannot be lost here.
 */
export type Strategy = {
  /** Defaults, and what the server sets itself. */
  readonly prepareCreate: (object: KubeObject) => KubeObject
  readonly prepareUpdate: (object: KubeObject, present: KubeObject) => KubeObject
  /** A write of the subresource status. */
  readonly prepareStatus: (object: KubeObject, present: KubeObject) => KubeObject
  readonly validateCreate: (object: KubeObject) => Iterable<FieldError>
  readonly validateUpdate: (object: KubeObject, present: KubeObject) => Iterable<FieldError>
  readonly validateStatus: (object: KubeObject, present: KubeObject) => Iterable<FieldError>
  /** Seconds that a deletion may take; null when the resource knows no graceful deletion. */
  readonly graceSeconds: (object: KubeObject, options: DeleteOptions) => number | null
}
