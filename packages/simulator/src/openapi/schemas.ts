import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'

/** What is used here of a schema of OpenAPI 3. */
export type Schema = {
  readonly $ref?: string
  readonly allOf?: readonly Schema[]
  readonly oneOf?: readonly Schema[]
  readonly type?: 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean'
  readonly format?: string
  readonly description?: string
  readonly properties?: { readonly [field: string]: Schema }
  readonly additionalProperties?: Schema
  readonly items?: Schema
}

/**
 * How Go writes a field into JSON: pointers are left out or null when nil (`omitNil`, `keepNil`), other values are left
 * out or written when zero (`omitZero`, `keepZero`).
 */
export type Encoding = 'omitZero' | 'keepZero' | 'omitNil' | 'keepNil'

/** A field of a protobuf message; its type is a scalar or the name of a message. */
export type MessageField = { readonly name: string; readonly type: string; readonly many: 'one' | 'list' | 'map' }

/** A protobuf message: its fields by number. */
export type Message = { readonly [number: string]: MessageField }

type Collected = {
  readonly schemas: { readonly [name: string]: Schema }
  readonly encodings: { readonly [name: string]: { readonly [field: string]: Encoding } }
  readonly messages: { readonly [name: string]: Message }
}

let collected: Collected | null = null

/** Kubernetes' own schemas, see collect/schemas.ts. Read when first asked for. */
export function collectedSchemas(): Collected {
  collected ??= JSON.parse(
    gunzipSync(readFileSync(join(import.meta.dirname, 'schemas.json.gz'))).toString('utf8'),
  ) as Collected
  return collected
}

/** Name of the schema that is referred to, or null of one that stands where it is used. */
export function referredName(schema: Schema): string | null {
  const ref = schema.$ref ?? schema.allOf?.[0]?.$ref
  return ref === undefined ? null : ref.slice('#/components/schemas/'.length)
}

/** The text that documents a field. */
export function descriptionOf(schemaName: string, field: string): string {
  return collectedSchemas().schemas[schemaName]?.properties?.[field]?.description ?? ''
}
