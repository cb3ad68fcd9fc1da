import { readFileSync } from 'node:fs'
import type { Encoding } from '../schemas.ts'

/** Struct name → field in JSON → encoding; `inlined` are the structs whose fields it shares. */
export type GoStruct = { readonly fields: { [json: string]: Encoding }; readonly inlined: string[] }

/** The structs of a `types.go`, by name. */
export function structsOf(file: string): Map<string, GoStruct> {
  const structs = new Map<string, GoStruct>()
  let present: GoStruct | null = null
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    const opened = /^type (\w+) struct \{/.exec(line)
    if (opened?.[1] !== undefined) {
      present = { fields: {}, inlined: [] }
      structs.set(opened[1], present)
    }
    if (line.startsWith('}')) present = null
    const field = /^\t(?:\w+\s+)?(\S+)\s+`json:"([^",]*)((?:,\w+)*)"/.exec(line)
    if (present === null || field === null) continue
    const [, type = '', name = '', options = ''] = field
    if (name === '') present.inlined.push(type.replace(/^.*\./, ''))
    else if (name !== '-') present.fields[name] = encodingOf(type, options)
  }
  return structs
}

function encodingOf(type: string, options: string): Encoding {
  const isPointer = type.startsWith('*')
  // `omitzero` is about structs (times), which `omitempty` never leaves out; there nil is what is left out.
  if (options.includes('omitzero')) return 'omitNil'
  if (options.includes('omitempty')) return isPointer ? 'omitNil' : 'omitZero'
  return isPointer ? 'keepNil' : 'keepZero'
}

/** The fields of a struct in JSON, with those of the structs it inlines. */
export function fieldsOf(name: string, structs: ReadonlyMap<string, GoStruct>): { [json: string]: Encoding } {
  const struct = structs.get(name)
  if (struct === undefined) return {}
  return Object.assign({}, ...struct.inlined.map(inlined => fieldsOf(inlined, structs)), struct.fields)
}
