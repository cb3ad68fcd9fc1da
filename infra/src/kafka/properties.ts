import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { infraDir } from '../settings.ts'

/** kafka/server.properties with its `${…}` filled in, comments and all. */
export function brokerProperties(values: Readonly<Record<string, string | number>>): string {
  const template = readFileSync(join(infraDir, 'kafka/server.properties'), 'utf8')
  return template.replace(/^[^#].*$/gm, line =>
    // A backslash begins an escape in a properties file.
    line.replace(/\$\{(\w+)\}/g, (_, name: string) => String(values[name]).replaceAll('\\', '\\\\')),
  )
}

/** Its settings that do not depend on where the broker runs, as the environment that Kafka's own image takes. */
export function brokerEnvironment(): Record<string, string> {
  const lines = brokerProperties({}).split('\n')
  const settings = lines
    .map(line => /^([a-z.]+)=(.*)$/.exec(line))
    .filter(match => match !== null)
    .map(([, name = '', value = '']) => [name, value] as const)
    .filter(([name]) => !/listener|voters|^log\.dirs$/.test(name))
  return Object.fromEntries(
    settings.map(([name, value]) => [`KAFKA_${name.toUpperCase().replaceAll('.', '_')}`, value]),
  )
}
