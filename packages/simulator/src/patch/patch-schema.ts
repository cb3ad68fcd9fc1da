import { collectedSchemas, referredName, type Schema } from '../openapi/schemas.ts'

/** How a field takes part in a strategic merge. */
export type PatchField = {
  /** Lists: by merge key or, of primitives, as a set; without, the patch replaces. */
  readonly merges: boolean
  readonly replaces: boolean
  readonly mergeKey: string | null
  /** Schema of the value, or of a list's items; null when there is none to follow. */
  readonly schemaName: string | null
}

const unknownField: PatchField = { merges: false, replaces: false, mergeKey: null, schemaName: null }

type Extensions = {
  readonly 'x-kubernetes-patch-strategy'?: string
  readonly 'x-kubernetes-patch-merge-key'?: string
}

/** As Kubernetes' OpenAPI documents say it (`x-kubernetes-patch-strategy`, `x-kubernetes-patch-merge-key`). */
export function patchField(schemaName: string | null, field: string): PatchField {
  const schema: (Schema & Extensions) | undefined =
    schemaName === null ? undefined : collectedSchemas().schemas[schemaName]?.properties?.[field]
  if (schema === undefined) return unknownField
  const strategies = (schema['x-kubernetes-patch-strategy'] ?? '').split(',')
  return {
    merges: strategies.includes('merge'),
    replaces: strategies.includes('replace'),
    mergeKey: schema['x-kubernetes-patch-merge-key'] ?? null,
    schemaName: referredName(schema.items ?? schema),
  }
}
