import type { JsonObject, Kind, Manifest, OwnerReference } from '../manifest.ts'
import type { Ref } from '../world.ts'

export type Deletion = {
  readonly policy?: 'Background' | 'Foreground' | 'Orphan'
  /** Pods: 0 removes at once, as a kubelet does at the end. */
  readonly graceSeconds?: number
}

/** A stored object: complete. */
export type Stored = Manifest & {
  readonly metadata: Manifest['metadata'] & { readonly uid: string; readonly resourceVersion: string }
}

/**
 * A cluster's API server as users, kubelets and node controllers reach it: what a story does, it does here.
 * @throws Refused when the API server does not take what is asked
 */
export interface Cluster {
  /** `ageSeconds`: it is to be that old, where the cluster can. `isDryRun`: defaults and checks only. */
  create(object: Manifest, options?: { readonly ageSeconds?: number; readonly isDryRun?: boolean }): Promise<Stored>
  /** Replaces it, or its status only. */
  update(object: Manifest, subresource?: 'status'): Promise<Stored>
  /** A JSON merge patch. */
  patch(ref: Ref, patch: JsonObject, subresource?: 'status'): Promise<void>
  remove(ref: Ref, deletion?: Deletion): Promise<void>
  get(ref: Ref): Promise<Stored | undefined>
  /** Of one kind, in the order of namespace and name; it may lag a little behind what was written. */
  list(kind: Kind): Promise<readonly Stored[]>
  /** The name that Rollcall gives the revision of a template with this image, after so many collisions. */
  revisionName(image: string, collisions: number | null): Promise<string>
  /** Something that exists, that nobody deletes, and that is none of the controller's: fit to own what is foreign. */
  stranger(): Promise<Omit<OwnerReference, 'controller'>>
  /** Makes sure that there is such a namespace. */
  namespace(name: string): Promise<void>
}

/** The API server's answer to what it does not take. */
export class Refused extends Error {
  readonly code: number
  constructor(code: number, message: string) {
    super(message)
    this.name = 'Refused'
    this.code = code
  }
}
