import type { Clock, Timers } from '@rollcall/service'
import type { Faults } from '../cluster/faults.ts'
import type { KubeObject, ObjectStore } from '../objects/object-store.ts'
import type { Form } from './accept.ts'
import type { Resource } from './resources.ts'
import type { IncludeObject } from './tables/index.ts'

export type User = {
  readonly name: string
  readonly uid: string
  readonly groups: readonly string[]
  /** May read everything and change nothing. */
  readonly isReadOnly: boolean
}

/** What all requests to one API server share. */
export type Api = {
  readonly store: ObjectStore
  readonly clock: Clock
  readonly timers: Timers
  readonly faults: Faults | null
  readonly limits: ApiLimits
}

export type ApiLimits = {
  /** Of a request's body. kube-apiserver's own: 3 MiB. */
  readonly bodyBytesMax: number
  /** Events that wait for a watcher that reads slowly; then it is cut off. */
  readonly watchQueueMax: number
  /** Between two bookmarks of a watch, in ms. */
  readonly bookmarkMs: number
  /** How long a watch lives that does not say it, in s. */
  readonly watchSeconds: number
}

/** One request, read whole. */
export type Call = {
  readonly user: User
  readonly query: URLSearchParams
  readonly headers: { readonly accept?: string | undefined; readonly contentType: string; readonly userAgent: string }
  readonly body: Buffer
}

/** What a handler answers; how it is written depends on what the client accepts. */
export type Answer =
  | {
      readonly answer: 'object'
      readonly code: number
      readonly resource: Resource
      readonly object: KubeObject
      /** Sent as `Warning` headers. */
      readonly warnings?: readonly string[]
    }
  | { readonly answer: 'list'; readonly resource: Resource; readonly list: List }
  /** A document that has one form only. */
  | {
      readonly answer: 'document'
      readonly code: number
      readonly document: object
      readonly contentType?: string
    }
  | { readonly answer: 'text'; readonly code: number; readonly text: string; readonly contentType: string }

export type List = {
  readonly items: readonly KubeObject[]
  readonly resourceVersion: string
  /** Where the next page begins. */
  readonly next?: string
  readonly remaining?: number
}

/** The form that a client wants objects in, and what goes with it. */
export type Presentation = { readonly form: Form; readonly include: IncludeObject }
