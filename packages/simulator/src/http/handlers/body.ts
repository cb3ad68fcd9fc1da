import { isTooDeep, levelsMax } from '../../objects/depth.ts'
import type { ApiStatusError, Draft, Json } from '../../objects/object-store.ts'
import { DecodeError, decode } from '../../openapi/decode.ts'
import { ProtobufError, unpack } from '../../openapi/protobuf.ts'
import type { Call } from '../call.ts'
import { apiVersionOf, resources } from '../resources.ts'
import { badRequest, unknownFormat } from '../status.ts'
import type { FieldValidation } from './options.ts'

/** What a body must be. */
export type Wanted = { readonly group: string; readonly kind: string; readonly schema: string }

export type Fields = { readonly [field: string]: unknown }

export type Read = { readonly draft: Draft; readonly warnings: readonly string[] }

/** The object of a create or a replace. @throws ApiStatusError 400, 415 in the words of kube-apiserver's decoder */
export function readBody(call: Call, wanted: Wanted, validation: FieldValidation): Read {
  const parsed = readObject(call, wanted)
  const kind = String(parsed.kind || wanted.kind)
  const apiVersion = String(parsed.apiVersion || apiVersionOf(wanted))
  if (kind !== wanted.kind || apiVersion !== apiVersionOf(wanted)) {
    throw badRequest(
      `${kind} in version ${JSON.stringify(versionIn(apiVersion))} cannot be handled as a ${wanted.kind}: ${whyNot(apiVersion, kind, wanted)}`,
    )
  }
  return readFields({ ...parsed, kind, apiVersion }, wanted, validation)
}

function versionIn(apiVersion: string): string {
  return apiVersion.slice(apiVersion.indexOf('/') + 1)
}

function whyNot(apiVersion: string, kind: string, wanted: Wanted): string {
  const isKnown = resources.some(resource => resource.kind === kind && apiVersionOf(resource) === apiVersion)
  const group = { '': 'core', 'coordination.k8s.io': 'coordination' }[wanted.group] ?? wanted.group
  if (isKnown) return `converting (${versionIn(apiVersion)}.${kind}) to (${group}.${wanted.kind}): unknown conversion`
  const version = JSON.stringify(apiVersion)
  return `no kind ${JSON.stringify(kind)} is registered for version ${version} in scheme "pkg/runtime/scheme.go:111"`
}

/** The fields of a body in JSON or protobuf. @throws ApiStatusError 400, 415 */
export function readObject(call: Call, wanted: Pick<Wanted, 'kind' | 'schema'>): Fields {
  switch (call.headers.contentType) {
    case '':
    case 'application/json':
      return parseObject(call.body, wanted.kind)
    case 'application/vnd.kubernetes.protobuf':
      return unpackObject(call.body, wanted)
    default:
      throw unknownFormat()
  }
}

function unpackObject(body: Buffer, { kind, schema }: Pick<Wanted, 'kind' | 'schema'>): Fields {
  try {
    const unpacked = unpack(body, schema)
    return { ...unpacked.fields, kind: unpacked.kind, apiVersion: unpacked.apiVersion }
  } catch (error) {
    if (error instanceof ProtobufError) {
      throw badRequest(
        `the object provided is unrecognized (must be of type ${kind}): ${error.message} (${summaryOf(body)})`,
      )
    }
    throw error
  }
}

/** An object that is there as a value: after a patch. @throws ApiStatusError 400 */
export function readFields(fields: Fields, wanted: Wanted, validation: FieldValidation): Read {
  const prefix = `${wanted.kind} in version "v1" cannot be handled as a ${wanted.kind}`
  let decoded: ReturnType<typeof decode>
  try {
    decoded = decode(wanted.schema, fields)
  } catch (error) {
    if (error instanceof DecodeError) throw badRequest(`${prefix}: ${error.message}`)
    throw error
  }
  const { value, unknownFields } = decoded
  if (wanted.kind === 'DaemonSet') checkTemplateGeneration(value as Draft, prefix)
  if (validation === 'Strict' && unknownFields.length > 0) {
    throw badRequest(`${prefix}: strict decoding error: ${unknownFields.join(', ')}`)
  }
  return { draft: value as Draft, warnings: validation === 'Warn' ? unknownFields : [] }
}

/** An annotation that `apps/v1` reads as a number (spec §1.1). */
function checkTemplateGeneration({ metadata }: Draft, prefix: string): void {
  const text = metadata.annotations?.['deprecated.daemonset.template.generation']
  if (text === undefined || /^[+-]?\d+$/.test(text)) return
  throw badRequest(`${prefix}: strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`)
}

/** A body that must be a JSON object. @throws ApiStatusError 400 */
function parseObject(body: Buffer, kind: string): Fields {
  const text = body.toString('utf8')
  const value = parseJson(text, problem =>
    badRequest(
      `the object provided is unrecognized (must be of type ${kind}): couldn't get version/kind; json parse error: ${problem} (${summaryOf(body)})`,
    ),
  )
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields
  const goStruct =
    'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }'
  const type = Array.isArray(value) ? 'array' : value === null ? 'null' : typeof value
  throw badRequest(
    `the object provided is unrecognized (must be of type ${kind}): couldn't get version/kind; json parse error: json: cannot unmarshal ${type} into Go value of type ${goStruct} (${summaryOf(body)})`,
  )
}

/** @throws ApiStatusError that `fail` makes, of what is no JSON, and of what is nested deeper than 1,000 levels */
export function parseJson(text: string, fail: (problem: string) => ApiStatusError): Json {
  let value: Json
  try {
    value = JSON.parse(text) as Json
  } catch (error) {
    if (error instanceof SyntaxError) throw fail(goWords(text, error))
    throw error
  }
  if (isTooDeep(value)) throw fail(`exceeded max depth of ${levelsMax}`)
  return value
}

/** Go's words for the two commonest faults; else the engine's own. */
function goWords(text: string, error: SyntaxError): string {
  if (/Unexpected end|Unterminated string|Expected .* at position \d+ .*$/.test(error.message)) {
    const position = /position (\d+)/.exec(error.message)?.[1]
    if (position === undefined || Number(position) >= text.length) return 'unexpected end of JSON input'
  }
  return error.message
}

const summaryMax = 30

/** What Kubernetes shows of a body it cannot read. */
function summaryOf(body: Buffer): string {
  if (body.length === 0) return '<empty>'
  const shown = body.subarray(0, summaryMax)
  const text = body[0] === 0x7b ? shown.toString('utf8') : shown.toString('hex')
  return body.length > summaryMax ? `${text} ...` : text
}
