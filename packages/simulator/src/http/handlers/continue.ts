import { ApiStatusError, type KubeObject } from '../../objects/object-store.ts'
import { badRequest } from '../status.ts'

/** Where a list goes on: at which resourceVersion (-1: the present), and at which object. */
export type Continue = { readonly version: number; readonly namespace: string; readonly name: string }

/** The token of a page that begins with the object. It holds all there is to know: the server remembers nothing. */
export function continueTokenOf(first: KubeObject, resourceVersion: string): string {
  const { namespace = '', name } = first.metadata
  return encode({ version: Number(resourceVersion), namespace, name })
}

function encode({ version, namespace, name }: Continue): string {
  const token = { v: 'meta.k8s.io/v1', rv: version, start: `${namespace}/${name}` }
  return Buffer.from(JSON.stringify(token)).toString('base64url')
}

/** @throws ApiStatusError 400 of a token that this server did not make */
export function readContinueToken(token: string): Continue {
  const parsed = parse(token)
  const start = typeof parsed?.start === 'string' ? /^([^/]*)\/([^/]+)$/.exec(parsed.start) : null
  const version = typeof parsed?.rv === 'number' ? parsed.rv : 0
  if (start === null || version === 0) throw badRequest('invalid continue token: continue key is not valid')
  return { version, namespace: start[1] ?? '', name: start[2] ?? '' }
}

function parse(token: string): { readonly rv?: unknown; readonly start?: unknown } | null {
  try {
    const value: unknown = JSON.parse(Buffer.from(token, 'base64url').toString('utf8'))
    return typeof value === 'object' ? value : null
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}

/** What is left of a sorted list. */
export function beginningAt(objects: readonly KubeObject[], from: Continue): readonly KubeObject[] {
  const first = objects.findIndex(({ metadata: { namespace = '', name } }) =>
    namespace === from.namespace ? name >= from.name : namespace > from.namespace,
  )
  return first < 0 ? [] : objects.slice(first)
}

/** The history a list would need has been compacted. Its `next` goes on with the present, which is inconsistent. */
export class ContinueExpired extends ApiStatusError {
  readonly next: string
  constructor(from: Continue) {
    super(
      410,
      'Expired',
      'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.',
    )
    this.next = encode({ ...from, version: -1 })
  }
}
