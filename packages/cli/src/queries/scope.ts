import { type Client, createClient } from '../client/client.ts'
import { findServer, type ServerOptions } from '../client/server.ts'
import { CliError } from '../errors.ts'
import { didYouMean } from '../near.ts'
import { checkedFormat, type OutputFormat } from '../output/format.ts'
import type { Ports } from '../ports.ts'

/** Options of every command that asks a server. */
export type QueryOptions = ServerOptions & {
  readonly output: string
  readonly cluster?: readonly string[]
  readonly namespace?: string
  readonly allNamespaces?: boolean
}

/** Who is asked, about what, and how the answer is shown. */
export type Scope = {
  readonly client: Client
  /** Undefined: all. */
  readonly clusters: string[] | undefined
  readonly namespaces: string[] | undefined
  readonly format: OutputFormat
}

export async function scopeOf(options: QueryOptions, ports: Ports): Promise<Scope> {
  const format = checkedFormat(options.output)
  const server = await findServer(options, ports)
  const clusters = options.cluster ? [...options.cluster] : server.cluster === null ? undefined : [server.cluster]
  const namespaces = options.allNamespaces || options.namespace === undefined ? undefined : [options.namespace]
  return { client: createClient(server, ports), clusters, namespaces, format }
}

/** `namespace/name`, or a name alone. */
export function splitName(text: string): { readonly namespace: string | null; readonly name: string } {
  const slash = text.indexOf('/')
  return slash < 0 ? { namespace: null, name: text } : { namespace: text.slice(0, slash), name: text.slice(slash + 1) }
}

/** The namespaces meant by a name as it was written and by `-n`. @throws CliError when they contradict each other */
export function namespacesOf(written: string, { namespaces }: Scope): string[] | undefined {
  const { namespace } = splitName(written)
  if (namespace === null) return namespaces
  if (namespaces && !namespaces.includes(namespace)) {
    throw new CliError(
      'usage',
      `${written} is in namespace ${namespace}, and -n says ${namespaces.join(', ')}`,
      'leave one of them out',
    )
  }
  return [namespace]
}

/** The DaemonSets meant by `--daemonset` and `-n`, as a question's parameters; undefined: all of the scope. @throws CliError */
export function daemonSetsOf(written: string | undefined, scope: Scope) {
  return written === undefined
    ? { namespace: scope.namespaces, daemonSet: undefined }
    : { namespace: namespacesOf(written, scope), daemonSet: [splitName(written).name] }
}

/** `in cluster east`, `in any cluster`. */
export const whereOf = ({ clusters }: Pick<Scope, 'clusters'>): string =>
  clusters === undefined ? 'in any cluster' : `in cluster ${clusters.join(', ')}`

/** Nothing of that name is on record: says so, with the names that are near. */
export function unknownName(
  what: string,
  name: string,
  scope: Pick<Scope, 'clusters'>,
  known: Iterable<string>,
  list: string,
): CliError {
  return new CliError(
    'notFound',
    `there is no ${what} ${name} on record ${whereOf(scope)}`,
    didYouMean(name, known) ?? `see ${list}`,
  )
}
