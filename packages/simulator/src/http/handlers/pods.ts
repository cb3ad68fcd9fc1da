import { ApiStatusError } from '../../objects/object-store.ts'
import type { Answer, Api, Call } from '../call.ts'
import type { ResourceTarget } from '../route.ts'
import { badRequest } from '../status.ts'
import { readBody } from './body.ts'
import { checked } from './delete.ts'
import { dryRunOf, fieldValidationOf } from './options.ts'

type PodTarget = Extract<ResourceTarget, { at: 'object' }>

const created: Answer = {
  answer: 'document',
  code: 201,
  document: { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 },
}

/** `pods/binding`: what a scheduler does. */
export function bind(api: Api, { namespace, name }: PodTarget, call: Call): Answer {
  const wanted = { group: '', kind: 'Binding', schema: 'io.k8s.api.core.v1.Binding' }
  const { draft } = readBody(call, wanted, fieldValidationOf(call.query, 'CreateOptions'))
  const { metadata, target } = draft as typeof draft & { readonly target?: { readonly kind?: string; name?: string } }
  if (metadata.name && metadata.name !== name) {
    throw badRequest('name in URL does not match name in Binding object')
  }
  if (target?.kind && target.kind !== 'Node') {
    const kind = JSON.stringify(target.kind)
    throw new ApiStatusError(500, '', `target.kind: Unsupported value: ${kind}: supported values: "Node", "<empty>"`)
  }
  const dryRun = dryRunOf(call.query.getAll('dryRun'), 'CreateOptions')
  api.store.bind(namespace, name, target?.name ?? '', {
    dryRun,
    ...(metadata.uid ? { uid: metadata.uid } : {}),
    ...(metadata.resourceVersion ? { resourceVersion: metadata.resourceVersion } : {}),
    ...(metadata.annotations ? { annotations: metadata.annotations } : {}),
    ...(metadata.labels ? { labels: metadata.labels } : {}),
  })
  return created
}

/** `pods/eviction`: a deletion that a disruption budget could refuse; there are none here. */
export function evict(api: Api, { namespace, name }: PodTarget, call: Call): Answer {
  const wanted = { group: 'policy', kind: 'Eviction', schema: 'io.k8s.api.policy.v1.Eviction' }
  const { draft } = readBody(call, wanted, fieldValidationOf(call.query, 'CreateOptions'))
  const { metadata, deleteOptions } = draft as typeof draft & { readonly deleteOptions?: object }
  if (metadata.name && metadata.name !== name) {
    throw badRequest('name in URL does not match name in Eviction object')
  }
  const options = checked((deleteOptions ?? {}) as { readonly [field: string]: unknown })
  const dryRun = options.dryRun || dryRunOf(call.query.getAll('dryRun'), 'CreateOptions')
  api.store.delete('pods', namespace, name, { ...options, dryRun })
  return created
}
