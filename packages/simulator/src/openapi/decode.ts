import type { Json } from '../objects/object-store.ts'
import { canonicalQuantity, QuantityError } from './quantity.ts'
import { collectedSchemas, type Encoding, referredName, type Schema } from './schemas.ts'

/** The body does not have the type's shape. In the words of Go's `encoding/json`. */
export class DecodeError extends Error {}

export type Decoded = {
  readonly value: { readonly [field: string]: Json }
  /** What was dropped, as strict decoding complains of it. */
  readonly unknownFields: readonly string[]
}

type Fields = { readonly [field: string]: unknown }

/** Where in the value, for complaints: as Go says it (without indexes), and as strict decoding says it (with them). */
type Place = { readonly struct: string; readonly go: string; readonly strict: string }

/**
 * What becomes of JSON that kube-apiserver decodes into a Go type and writes again: unknown fields are dropped, empty
 * ones left out or written as the type wants it, quantities made canonical.
 * @param schemaName as in `Resource.schema`
 * @throws DecodeError
 */
export function decode(schemaName: string, value: Fields): Decoded {
  const unknownFields: string[] = []
  const struct = goName(schemaName).slice('v1.'.length)
  const decoded = decodeNamed(schemaName, value, { struct, go: '', strict: '' }, unknownFields)
  return { value: decoded as Decoded['value'], unknownFields }
}

function decodeNamed(name: string, value: unknown, place: Place, unknown: string[]): Json {
  switch (name) {
    case 'io.k8s.apimachinery.pkg.api.resource.Quantity':
      return quantity(value)
    case 'io.k8s.apimachinery.pkg.util.intstr.IntOrString':
      if (typeof value === 'string' || Number.isInteger(value)) return value as string | number
      throw mismatch(value, place, 'int32')
    case 'io.k8s.apimachinery.pkg.apis.meta.v1.Time':
    case 'io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime':
      return time(value, name.endsWith('MicroTime'))
    case 'io.k8s.apimachinery.pkg.runtime.RawExtension':
    case 'io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1':
      return value as Json
  }
  const schema = collectedSchemas().schemas[name]
  if (schema === undefined) throw new Error(`no schema ${name} has been collected`)
  if (!isObject(value)) throw mismatch(value, place, goName(name))
  return decodeStruct(name, schema, value, place, unknown)
}

function decodeStruct(name: string, schema: Schema, value: Fields, place: Place, unknown: string[]): Json {
  const properties = schema.properties ?? {}
  const encodings = collectedSchemas().encodings[name] ?? {}
  const struct = goName(name).slice('v1.'.length)
  const result: { [field: string]: Json } = {}
  for (const [field, fieldSchema] of Object.entries(properties)) {
    const encoding = encodings[field] ?? 'omitZero'
    const given = value[field] ?? null
    const inner = { struct, go: joined(place.go, field), strict: joined(place.strict, field) }
    const decoded = given === null ? zeroOf(fieldSchema, encoding) : decodeValue(fieldSchema, given, inner, unknown)
    if (decoded !== undefined && (given === null || !leavesOut(encoding, fieldSchema, decoded))) result[field] = decoded
  }
  for (const field of Object.keys(value)) {
    if (properties[field] === undefined) unknown.push(`unknown field ${JSON.stringify(joined(place.strict, field))}`)
  }
  return result
}

function decodeValue(schema: Schema, value: unknown, place: Place, unknown: string[]): Json {
  const name = referredName(schema)
  if (name !== null) return decodeNamed(name, value, place, unknown)
  switch (schema.type) {
    case 'string':
      if (typeof value !== 'string') throw mismatch(value, place, 'string')
      return value
    case 'boolean':
      if (typeof value !== 'boolean') throw mismatch(value, place, 'bool')
      return value
    case 'integer':
      if (typeof value !== 'number') throw mismatch(value, place, schema.format ?? 'int64')
      if (!Number.isInteger(value)) throw mismatch(value, place, schema.format ?? 'int64', ` ${value}`)
      return value
    case 'number':
      if (typeof value !== 'number') throw mismatch(value, place, 'float64')
      return value
    case 'array':
      return decodeArray(schema, value, place, unknown)
    default:
      return decodeMap(schema, value, place, unknown)
  }
}

function decodeArray(schema: Schema, value: unknown, place: Place, unknown: string[]): Json {
  if (!Array.isArray(value)) throw mismatch(value, place, goType(schema))
  const items = schema.items ?? {}
  return value.map((item, index) =>
    item === null
      ? (zeroOf(items, 'keepZero') ?? null)
      : decodeValue(items, item, { ...place, strict: `${place.strict}[${index}]` }, unknown),
  )
}

function decodeMap(schema: Schema, value: unknown, place: Place, unknown: string[]): Json {
  if (!isObject(value)) throw mismatch(value, place, goType(schema))
  const values = schema.additionalProperties
  if (values === undefined) return value as Json
  const result: { [key: string]: Json } = {}
  for (const [key, item] of Object.entries(value)) {
    const inner = { ...place, strict: joined(place.strict, key) }
    result[key] = item === null ? (zeroOf(values, 'keepZero') ?? null) : decodeValue(values, item, inner, unknown)
  }
  return result
}

/** What is written of a field that was not given; undefined: nothing. */
function zeroOf(schema: Schema, encoding: Encoding): Json | undefined {
  // Go would write null of a nil pointer or list that is required; then the object is invalid, and never written.
  if (encoding === 'omitNil' || encoding === 'keepNil') return undefined
  const name = referredName(schema)
  if (name?.endsWith('.Quantity')) return '0'
  if (name?.endsWith('.IntOrString')) return encoding === 'keepZero' ? 0 : undefined
  if (name?.endsWith('Time')) return null
  if (name !== null && collectedSchemas().schemas[name]?.properties !== undefined) return decode(name, {}).value
  if (encoding === 'omitZero') return undefined
  switch (schema.type) {
    case 'string':
      return ''
    case 'boolean':
      return false
    case 'integer':
    case 'number':
      return 0
    default:
      return undefined
  }
}

function leavesOut(encoding: Encoding, schema: Schema, value: Json): boolean {
  if (encoding !== 'omitZero' || referredName(schema) !== null) return false
  if (value === '' || value === 0 || value === false || value === null) return true
  return typeof value === 'object' && Object.keys(value).length === 0
}

function quantity(value: unknown): string {
  const isText = typeof value === 'string' || typeof value === 'number'
  try {
    return canonicalQuantity(isText ? String(value) : '')
  } catch (error) {
    if (error instanceof QuantityError) throw new DecodeError(error.message)
    throw error
  }
}

const microFraction = /\.\d{6}(Z|[+-])/
const rfc3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/

function time(value: unknown, micro: boolean): string {
  if (typeof value !== 'string')
    throw new DecodeError(`json: cannot unmarshal ${jsonKind(value)} into Go value of type string`)
  const parsed = rfc3339.test(value) ? Date.parse(value) : Number.NaN
  if (Number.isNaN(parsed)) {
    const layout = micro ? '2006-01-02T15:04:05.000000Z07:00' : '2006-01-02T15:04:05Z07:00'
    throw new DecodeError(
      `parsing time ${JSON.stringify(value)} as ${JSON.stringify(layout)}: cannot parse ${JSON.stringify(value)} as "2006"`,
    )
  }
  const seconds = new Date(parsed).toISOString().slice(0, 19)
  if (!micro) return `${seconds}Z`
  if (!microFraction.test(value)) {
    const rest = value.slice('2006-01-02T15:04:05'.length)
    throw new DecodeError(
      `parsing time ${JSON.stringify(value)} as "2006-01-02T15:04:05.000000Z07:00": cannot parse ${JSON.stringify(rest)} as ".000000"`,
    )
  }
  return `${seconds}.${/\.(\d{6})/.exec(value)?.[1]}Z`
}

function mismatch(value: unknown, place: Place, type: string, number = ''): DecodeError {
  const field = place.go === '' ? 'value' : `struct field ${place.struct}.${place.go}`
  return new DecodeError(`json: cannot unmarshal ${jsonKind(value)}${number} into Go ${field} of type ${type}`)
}

function jsonKind(value: unknown): string {
  if (Array.isArray(value)) return 'array'
  return typeof value === 'boolean' ? 'bool' : typeof value
}

/** As Go names the type of a schema: `[]v1.Container`. */
function goType(schema: Schema): string {
  const name = referredName(schema)
  if (name !== null) return goName(name)
  switch (schema.type) {
    case 'array':
      return `[]${goType(schema.items ?? {})}`
    case 'integer':
      return schema.format ?? 'int64'
    case 'boolean':
      return 'bool'
    case 'string':
      return 'string'
    default:
      return `map[string]${goType(schema.additionalProperties ?? { type: 'string' })}`
  }
}

function goName(schemaName: string): string {
  return schemaName.split('.').slice(-2).join('.')
}

function joined(path: string, field: string): string {
  return path === '' ? field : `${path}.${field}`
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
