/** One HTTP call, made in the same way to both servers. Plain data. */
export type Call = {
  /** A sentence that no other call has: what is to be the same. */
  readonly name: string
  readonly method: string
  /** `{{name}}` stands for what an earlier call has remembered. */
  readonly path: string
  readonly headers?: { readonly [name: string]: string }
  /** An object is sent as JSON, a string as it is. `{{name}}` as in the path. */
  readonly body?: unknown
  /** Kept from the answer for later calls, by its path in the body: `metadata.uid`. */
  readonly remember?: { readonly [name: string]: string }
  /**
   * What of the answer is compared. `answer`: code and body. `told`: every entry that the simulator's discovery has is
   * found in the real one, in the same words. `code`: nothing but the code (of texts that differ between builds).
   */
  readonly compare?: 'answer' | 'told' | 'code'
}

export type Answer = {
  readonly code: number
  readonly contentType: string
  readonly warnings: readonly string[]
  /** JSON, or the lines of a watch, or text. */
  readonly body: unknown
}

const json = { 'content-type': 'application/json' }

export function get(name: string, path: string, more: Partial<Call> = {}): Call {
  return { name, method: 'GET', path, ...more }
}

export function post(name: string, path: string, body: unknown, more: Partial<Call> = {}): Call {
  return { name, method: 'POST', path, body, headers: json, ...more }
}

export function put(name: string, path: string, body: unknown, more: Partial<Call> = {}): Call {
  return { name, method: 'PUT', path, body, headers: json, ...more }
}

export function del(name: string, path: string, body?: unknown, more: Partial<Call> = {}): Call {
  return { name, method: 'DELETE', path, ...(body === undefined ? {} : { body, headers: json }), ...more }
}

export type PatchKind = 'json' | 'merge' | 'strategic'

const patchTypes = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
} as const

export function patch(name: string, path: string, kind: PatchKind, body: unknown, more: Partial<Call> = {}): Call {
  return { name, method: 'PATCH', path, body, headers: { 'content-type': patchTypes[kind] }, ...more }
}

export const table = { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json' }
export const metadataOnly = { accept: 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io,application/json' }
export const metadataList = {
  accept: 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io,application/json',
}
