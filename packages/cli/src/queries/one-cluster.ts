import { CliError } from '../errors.ts'
import type { Ports } from '../ports.ts'
import { type QueryOptions, scopeOf } from './scope.ts'

/** The one cluster that is to change hands, with its mode. @throws CliError when none, or several, are named */
export async function oneCluster(options: QueryOptions, ports: Ports) {
  const scope = await scopeOf(options, ports)
  const [name, ...others] = scope.clusters ?? []
  if (name === undefined || others.length > 0) {
    throw new CliError('usage', 'this is done to one cluster at a time', 'name it with --cluster')
  }
  const { items } = await scope.client.ask('clusters', {}, { cluster: [name] })
  return { scope, name, mode: items[0]?.mode ?? null, watches: items[0]?.watch ?? [] }
}
