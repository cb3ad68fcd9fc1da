/** A service's JSON log line for people: time, level where it is grave, the sentence, its facts. Others stay as they are. */
export function readable(line: string): string {
  const fields = parsed(line)
  if (fields === null) return line
  const { time, level, msg, service: _, stack: __, ...facts } = fields
  const clock = String(time ?? '').slice(11, 23)
  const grave = level === 'warn' || level === 'error' ? `${String(level).toUpperCase()} ` : ''
  const rest = Object.entries(facts).map(([name, value]) => `${name}=${JSON.stringify(value)}`)
  return [clock, `${grave}${String(msg ?? '')}`, ...rest].join(' ')
}

function parsed(line: string): Record<string, unknown> | null {
  if (!line.startsWith('{')) return null
  try {
    return JSON.parse(line) as Record<string, unknown>
  } catch {
    return null // Not ours, though it begins so: shown as it came.
  }
}
