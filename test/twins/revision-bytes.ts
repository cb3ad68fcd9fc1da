import type { Metadata } from './objects.ts'
import type { Side } from './side.ts'

/** The bytes of every revision's `data` as the API server sends them, by name. */
export async function revisionBytes(side: Side, story: string): Promise<Map<string, string>> {
  const { code, body } = await side.api.get(`/apis/apps/v1/namespaces/${story}/controllerrevisions`)
  if (code !== 200) throw new Error(`${side.name}: the revisions of ${story} cannot be listed: ${code} ${body}`)
  const names = (JSON.parse(body) as { items: { metadata: Metadata }[] }).items.map(({ metadata }) => metadata.name)
  const found: string[] = []
  for (let at = body.indexOf(dataMark); at >= 0; at = body.indexOf(dataMark, at)) {
    const start = at + dataMark.length
    at = endOfObject(body, start)
    found.push(body.slice(start, at))
  }
  if (found.length !== names.length) throw new Error(`${found.length} contents of ${names.length} revisions: ${body}`)
  return new Map(names.map((name, index) => [name, found[index] ?? '']))
}

/** Nothing else of a revision is called so: inside of strings its quotes would be escaped. */
const dataMark = '"data":'

function endOfObject(text: string, start: number): number {
  let depth = 0
  for (let at = start; at < text.length; at++) {
    const char = text[at]
    if (char === '"') at = endOfString(text, at)
    else if (char === '{') depth += 1
    else if (char === '}') depth -= 1
    if (depth === 0) return at + 1
  }
  throw new Error(`an object without end: ${text.slice(start, start + 200)}`)
}

function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === '\\') at += 1
    else if (text[at] === '"') return at
  }
  throw new Error(`a string without end: ${text.slice(start, start + 200)}`)
}
