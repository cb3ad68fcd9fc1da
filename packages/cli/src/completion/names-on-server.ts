import { createClient } from '../client/client.ts'
import { findServer } from '../client/server.ts'
import type { Ports } from '../ports.ts'
import type { Candidate } from './complete.ts'

/** Names on record, for completion; with the server and cluster that the words typed so far name. */
export async function namesOnServer(
  kind: 'clusters' | 'nodes' | 'daemonSets' | 'namespaces' | 'pods',
  words: readonly string[],
  ports: Ports,
): Promise<Candidate[]> {
  const given = (option: string): string | undefined => {
    const inline = words.find(word => word.startsWith(`${option}=`))
    const index = words.indexOf(option)
    // The last word is the one being typed.
    const next = index >= 0 && index < words.length - 2 ? words[index + 1] : undefined
    return inline?.slice(option.length + 1) ?? next
  }
  const options = Object.fromEntries(
    ['server', 'token', 'context', 'data'].flatMap(name => {
      const value = given(`--${name}`)
      return value === undefined ? [] : [[name, value]]
    }),
  )
  const client = createClient(await findServer(options, ports), ports)
  const cluster = given('--cluster')
  const namespace = given('--namespace') ?? given('-n')
  const query = { cluster: cluster === undefined ? undefined : [cluster] }
  const inNamespace = { ...query, namespace: namespace === undefined ? undefined : [namespace] }
  switch (kind) {
    case 'clusters':
      return unique((await client.all('clusters', {})).map(({ name, mode }) => ({ value: name, about: mode ?? '' })))
    case 'nodes':
      return unique((await client.all('nodes', query)).map(node => ({ value: node.name, about: `in ${node.cluster}` })))
    case 'daemonSets':
      return unique(
        (await client.all('daemonSets', inNamespace)).map(one => ({
          value: `${one.namespace}/${one.name}`,
          about: '',
        })),
      )
    case 'namespaces':
      return unique((await client.all('daemonSets', query)).map(one => ({ value: one.namespace, about: '' })))
    case 'pods':
      return unique(
        (await client.all('placements', inNamespace)).map(one => ({
          value: one.pod.name,
          about: `on ${one.node} in ${one.cluster}`,
        })),
      )
  }
}

const unique = (candidates: readonly Candidate[]): Candidate[] => [
  ...new Map(candidates.map(one => [one.value, one])).values(),
]
