import { readFileSync } from 'node:fs'
import type { Message, MessageField } from '../schemas.ts'

/** The messages of a `generated.proto`, by the names that schemas have. Comments and options are of no interest. */
export function messagesOf(file: string): ReadonlyMap<string, Message> {
  const messages = new Map<string, Message>()
  let namespace = ''
  let present: { [number: string]: MessageField } | null = null
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    namespace = /^package ([\w.]+);/.exec(line)?.[1] ?? namespace
    const opened = /^message (\w+) \{/.exec(line)?.[1]
    if (opened !== undefined) {
      present = {}
      messages.set(schemaName(`${namespace}.${opened}`), present)
    }
    if (line.startsWith('}')) present = null
    const field = /^ {2}(?:(optional|repeated) (\S+)|map<string, (\S+)>) (\w+) = (\d+);/.exec(line)
    if (present === null || field === null) continue
    const [, label, single, value, name = '', number = ''] = field
    const type = typeName(single ?? value ?? '', namespace)
    const many = value === undefined ? (label === 'repeated' ? 'list' : 'one') : 'map'
    present[number] = { name, type, many }
  }
  return messages
}

const scalars = ['string', 'int32', 'int64', 'bool', 'bytes']

function typeName(type: string, namespace: string): string {
  if (scalars.includes(type)) return type
  return schemaName(type.startsWith('.') ? type.slice(1) : `${namespace}.${type}`)
}

/** `k8s.io.api.core.v1.Pod` is the schema `io.k8s.api.core.v1.Pod`. */
function schemaName(name: string): string {
  return name.replace(/^k8s\.io\./, 'io.k8s.')
}
