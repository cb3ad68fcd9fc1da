import type { Fields } from './table.ts'

const templateGeneration = 'deprecated.daemonset.template.generation'

/** An object's metadata alone. What only the API version adds (spec §1.1) is not part of it. */
export function partialMetadata(object: { readonly metadata?: unknown; readonly kind?: unknown }) {
  const metadata = object.kind === 'DaemonSet' ? withoutTemplateGeneration(object.metadata as Fields) : object.metadata
  return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata }
}

function withoutTemplateGeneration({ annotations, ...metadata }: Fields): Fields {
  const { [templateGeneration]: _generation, ...rest } = (annotations ?? {}) as Fields
  return Object.keys(rest).length === 0 ? metadata : { ...metadata, annotations: rest }
}
