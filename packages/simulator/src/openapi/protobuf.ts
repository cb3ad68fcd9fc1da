import { PbfReader } from 'pbf'
import { isTooDeep, levelsMax } from '../objects/depth.ts'
import type { Json } from '../objects/object-store.ts'
import { collectedSchemas } from './schemas.ts'

type Fields = { [field: string]: Json }

/** What a body in Kubernetes' protobuf envelope says it is, and its fields as JSON would have them. */
export type Unpacked = {
  readonly apiVersion: string
  readonly kind: string
  readonly fields: { readonly [field: string]: Json }
}

/** The bytes are no message of the expected shape. */
export class ProtobufError extends Error {}

const magic = Buffer.from('k8s\0', 'latin1')

/**
 * kubectl writes with typed clients, and those write protobuf (`create namespace`, `drain`, `auth can-i`). An envelope
 * (`runtime.Unknown`) holds the kind and the message.
 * @param schemaName of the message
 * @throws ProtobufError
 */
export function unpack(body: Buffer, schemaName: string): Unpacked {
  if (!body.subarray(0, magic.length).equals(magic)) {
    throw new ProtobufError('provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]')
  }
  try {
    const envelope = readMessage('io.k8s.apimachinery.pkg.runtime.Unknown', body.subarray(magic.length))
    const { apiVersion = '', kind = '' } = (envelope.typeMeta ?? {}) as { readonly [field: string]: string }
    const raw = Buffer.from(String(envelope.raw ?? ''), 'base64')
    const fields = readMessage(schemaName, raw)
    // Raw JSON may be inside.
    if (isTooDeep(fields)) throw new ProtobufError(`exceeded max depth of ${levelsMax}`)
    return { apiVersion, kind, fields }
  } catch (error) {
    if (error instanceof ProtobufError) throw error
    // Whatever the reader stumbles on (a cut varint, a length beyond the end) lies in the bytes.
    throw new ProtobufError(error instanceof Error ? error.message : String(error))
  }
}

function readMessage(name: string, bytes: Uint8Array): Fields {
  const message = collectedSchemas().messages[name]
  if (message === undefined) throw new ProtobufError(`no message ${name} has been collected`)
  const properties = collectedSchemas().schemas[name]?.properties
  const fields: Fields = {}
  new PbfReader(bytes).readFields((number, _result, reader) => {
    const field = message[String(number)]
    if (field === undefined) return
    if (field.many === 'map') {
      const [key, value] = readEntry(field.type, reader)
      fields[field.name] ??= {}
      // Defined, not assigned: a key may be `__proto__`.
      Object.defineProperty(fields[field.name], key, { value, enumerable: true, configurable: true, writable: true })
      return
    }
    const value = readValue(field.type, reader)
    // A struct that is inlined in JSON is a message of its own here.
    if (properties !== undefined && properties[field.name] === undefined) Object.assign(fields, value)
    else if (field.many === 'list') {
      fields[field.name] ??= []
      ;(fields[field.name] as Json[]).push(value)
    } else fields[field.name] = value
  }, null)
  return fields
}

function readEntry(type: string, reader: PbfReader): [string, Json] {
  let key = ''
  let value: Json = ''
  new PbfReader(reader.readBytes()).readFields((number, _result, entry) => {
    if (number === 1) key = entry.readString()
    else value = readValue(type, entry)
  }, null)
  return [key, value]
}

function readValue(type: string, reader: PbfReader): Json {
  switch (type) {
    case 'string':
      return reader.readString()
    case 'int32':
    case 'int64':
      return reader.readVarint(true)
    case 'bool':
      return reader.readBoolean()
    case 'bytes':
      return Buffer.from(reader.readBytes()).toString('base64')
    default:
      return asJson(type, readMessage(type, reader.readBytes()))
  }
}

/** Some types are a message in protobuf, and something else in JSON. */
function asJson(type: string, fields: Fields): Json {
  switch (type.slice(type.lastIndexOf('.') + 1)) {
    case 'Quantity':
      return fields.string ?? '0'
    case 'IntOrString':
      return fields.type === 1 ? (fields.strVal ?? '') : (fields.intVal ?? 0)
    case 'Time':
      return timeOf(fields, 0)
    case 'MicroTime':
      return timeOf(fields, 6)
    case 'RawExtension':
      return JSON.parse(Buffer.from(String(fields.raw ?? 'bnVsbA=='), 'base64').toString('utf8')) as Json
    case 'FieldsV1':
      return JSON.parse(Buffer.from(String(fields.Raw ?? 'bnVsbA=='), 'base64').toString('utf8')) as Json
    default:
      return fields
  }
}

function timeOf({ seconds, nanos }: Fields, digits: number): Json {
  if (seconds === undefined) return null
  const whole = new Date(Number(seconds) * 1000).toISOString().slice(0, 19)
  return digits === 0
    ? `${whole}Z`
    : `${whole}.${String(nanos ?? 0)
        .padStart(9, '0')
        .slice(0, digits)}Z`
}
