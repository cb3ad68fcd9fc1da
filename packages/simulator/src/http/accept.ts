import { notAcceptable } from './status.ts'

/** In which form an answer is wanted. */
export type Form =
  | { readonly form: 'whole' }
  | { readonly form: 'table' }
  /** `PartialObjectMetadata`, of lists `PartialObjectMetadataList`. */
  | { readonly form: 'metadata' }

/** Which form of discovery. */
export type DiscoveryForm = 'legacy' | 'v2' | 'v2beta1'

type Clause = { readonly type: string; readonly parameters: ReadonlyMap<string, string> }

function clausesOf(header: string): readonly Clause[] {
  return header.split(',').map(clause => {
    const [type = '', ...parameters] = clause.split(';').map(part => part.trim())
    return { type: type.toLowerCase(), parameters: new Map(parameters.map(part => splitOnce(part))) }
  })
}

function splitOnce(part: string): [string, string] {
  const at = part.indexOf('=')
  return at < 0 ? [part, ''] : [part.slice(0, at), part.slice(at + 1)]
}

function isJson({ type }: Clause): boolean {
  return type === 'application/json' || type === 'application/*' || type === '*/*' || type === ''
}

/**
 * The first form of the header that can be given (`apiserver/pkg/endpoints/handlers/negotiation`).
 * @param what of lists, metadata has a kind of its own
 * @throws ApiStatusError 406 when there is none
 */
export function formWanted(header: string | undefined, what: 'object' | 'list'): Form {
  for (const clause of clausesOf(header ?? '')) {
    if (!isJson(clause)) continue
    const form = formOf(clause.parameters, what)
    if (form !== null) return form
  }
  throw notAcceptable()
}

function formOf(parameters: ReadonlyMap<string, string>, what: 'object' | 'list'): Form | null {
  const as = parameters.get('as')
  if (as === undefined) return { form: 'whole' }
  const version = parameters.get('v')
  const isMeta = parameters.get('g') === 'meta.k8s.io' && (version === 'v1' || version === 'v1beta1')
  if (!isMeta) return null
  if (as === 'Table') return { form: 'table' }
  const metadata = what === 'list' ? 'PartialObjectMetadataList' : 'PartialObjectMetadata'
  return as === metadata ? { form: 'metadata' } : null
}

export function discoveryFormWanted(header: string | undefined): DiscoveryForm {
  for (const clause of clausesOf(header ?? '')) {
    if (!isJson(clause)) continue
    const { parameters } = clause
    const as = parameters.get('as')
    if (as === undefined) return 'legacy'
    const version = parameters.get('v')
    const isDiscovery = parameters.get('g') === 'apidiscovery.k8s.io' && as === 'APIGroupDiscoveryList'
    if (isDiscovery && (version === 'v2' || version === 'v2beta1')) return version
  }
  throw notAcceptable()
}
