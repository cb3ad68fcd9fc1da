/** Values that differ between any two servers, or between any two runs. Replaced when present; their absence shows. */
const volatile = new Set([
  'uid',
  'resourceVersion',
  'creationTimestamp',
  'deletionTimestamp',
  'startTime',
  'lastTransitionTime',
  'lastHeartbeatTime',
  'timeAdded',
  'continue',
  'storageVersionHash',
])

/** The body without what is volatile. `managedFields` is left out whole: the simulator keeps another kind of it. */
export function normalised(value: unknown, key = ''): unknown {
  if (Array.isArray(value)) return value.map(item => normalised(item))
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).filter(([name]) => name !== 'managedFields')
    return Object.fromEntries(entries.map(([name, inner]) => [name, normalised(inner, name)]))
  }
  if (typeof value !== 'string' || value === '') return value
  if (volatile.has(key)) return `<${key}>`
  return withoutVolatile(value)
}

/** Uids, versions and ages inside of texts; the suffix of a generated name. */
function withoutVolatile(text: string): string {
  const plain = text
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, '<uid>')
    .replace(/^\d+(ms|s)$/, '<age>')
    .replace(/^(generated-)[a-z0-9]{5}$/, '$1<suffix>')
    .replace(/(ResourceVersion in (?:the )?\w+ \()\d+\)/g, '$1<version>)')
    .replace(/current: \d+/g, 'current: <version>')
    .replace(/resource version: \d+( \(\d+\))?/g, 'resource version: <version>')
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/g, '<time>')
  return plain
}
