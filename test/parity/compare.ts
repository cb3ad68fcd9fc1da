import type { Answer, Call } from './call.ts'
import { normalised } from './normalise.ts'

/** One place in an answer where the servers differ. */
export type Difference = { readonly at: string; readonly real: unknown; readonly simulated: unknown }

export function compare(call: Call, real: Answer, simulated: Answer): readonly Difference[] {
  const differences: Difference[] = []
  if (real.code !== simulated.code) differences.push({ at: 'code', real: real.code, simulated: simulated.code })
  switch (call.compare ?? 'answer') {
    case 'code':
      return differences
    case 'told':
      return [...differences, ...untold(normalised(real.body), normalised(simulated.body), 'body')]
    case 'answer':
      return [
        ...differences,
        ...between(mediaType(real), mediaType(simulated), 'contentType'),
        ...between(real.warnings, simulated.warnings, 'warnings'),
        ...between(normalised(real.body), normalised(simulated.body), 'body'),
      ]
  }
}

function mediaType({ contentType }: Answer): string {
  return contentType.toLowerCase()
}

function isFields(value: unknown): value is { readonly [field: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function between(real: unknown, simulated: unknown, at: string): readonly Difference[] {
  if (Array.isArray(real) && Array.isArray(simulated)) {
    if (real.length !== simulated.length) return [{ at, real, simulated }]
    return real.flatMap((item, index) => between(item, simulated[index], `${at}[${index}]`))
  }
  if (isFields(real) && isFields(simulated)) {
    const fields = new Set([...Object.keys(real), ...Object.keys(simulated)])
    return [...fields].sort().flatMap(field => between(real[field], simulated[field], `${at}.${field}`))
  }
  return Object.is(real, simulated) ? [] : [{ at, real, simulated }]
}

/** What the simulator tells and the real server does not; lists of named things are matched by name. */
function untold(real: unknown, simulated: unknown, at: string): readonly Difference[] {
  if (Array.isArray(simulated)) {
    const theirs = Array.isArray(real) ? real : []
    return simulated.flatMap((item, index) => {
      const name = nameOf(item)
      const match =
        name === null ? theirs.find(other => Object.is(other, item)) : theirs.find(other => nameOf(other) === name)
      return untold(match, item, `${at}[${name ?? index}]`)
    })
  }
  if (isFields(simulated)) {
    const theirs = isFields(real) ? real : {}
    return Object.entries(simulated).flatMap(([field, value]) => untold(theirs[field], value, `${at}.${field}`))
  }
  return Object.is(real, simulated) ? [] : [{ at, real, simulated }]
}

function nameOf(value: unknown): string | null {
  if (!isFields(value)) return null
  const metadata = isFields(value.metadata) ? value.metadata.name : undefined
  const name = value.name ?? value.resource ?? value.subresource ?? value.version ?? metadata
  return typeof name === 'string' ? name : isFields(value.metadata) ? '' : null
}
