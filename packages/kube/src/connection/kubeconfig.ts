import { readFileSync } from 'node:fs'
import { dirname, isAbsolute, join, resolve } from 'node:path'
import { KubeConfig, loadYaml } from '@kubernetes/client-node'

/** One cluster to connect to. */
export type ClusterSpec = {
  /** A kubeconfig file. */
  readonly file: string
  /** A context of that file; absent: its `current-context`. */
  readonly context?: string
  /** The cluster's name in Rollcall; absent: the context's name. */
  readonly name?: string
}

/** Says what is wrong with a kubeconfig file or a list of clusters, where, and how to mend it. */
export class KubeconfigError extends Error {
  readonly code:
    | 'file-missing'
    | 'file-unreadable'
    | 'not-a-kubeconfig'
    | 'context-missing'
    | 'no-current-context'
    | 'cluster-missing'
    | 'user-missing'
    | 'no-server'
    | 'bad-spec'
    | 'duplicate-name'
  constructor(code: KubeconfigError['code'], message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'KubeconfigError'
    this.code = code
  }
}

type Fields = { readonly [key: string]: unknown }
type NamedEntry = { readonly name: string; readonly fields: Fields }

/** Which cluster a spec means: its file and context, checked, and the address of its API server. */
export type ResolvedSpec = {
  readonly name: string
  readonly file: string
  readonly context: string
  readonly server: URL
}

/** Reads `FILE`, `FILE#context`, `name=FILE` or `name=FILE#context`. */
export function parseClusterSpec(text: string): ClusterSpec {
  const named = /^([A-Za-z0-9][A-Za-z0-9._-]*)=(.*)$/.exec(text)
  const rest = named?.[2] ?? text
  const hash = rest.lastIndexOf('#')
  const file = hash < 0 ? rest : rest.slice(0, hash)
  const context = hash < 0 ? '' : rest.slice(hash + 1)
  if (file === '' || (hash >= 0 && context === '')) {
    throw new KubeconfigError(
      'bad-spec',
      `cluster ${JSON.stringify(text)}: write FILE, FILE#context or name=FILE#context`,
    )
  }
  return { file, ...(context === '' ? {} : { context }), ...(named ? { name: named[1] as string } : {}) }
}

/** Checks every spec and gives each cluster its name. @throws KubeconfigError */
export function resolveSpecs(specs: readonly ClusterSpec[]): ResolvedSpec[] {
  const seen = new Map<string, ResolvedSpec>()
  for (const spec of specs) {
    const resolved = resolveSpec(spec)
    const other = seen.get(resolved.name)
    if (other) {
      throw new KubeconfigError(
        'duplicate-name',
        `two clusters are called ${JSON.stringify(resolved.name)}: context ${JSON.stringify(other.context)} of ${other.file} and ` +
          `context ${JSON.stringify(resolved.context)} of ${resolved.file}. Name them apart: name=FILE#context`,
      )
    }
    seen.set(resolved.name, resolved)
  }
  return [...seen.values()]
}

function resolveSpec(spec: ClusterSpec): ResolvedSpec {
  const file = resolve(spec.file)
  const document = readDocument(file)
  const context = contextOf(document, file, spec.context)
  const cluster = entryOf(document, file, context, 'cluster')
  const user = context.fields.user
  if (user !== undefined && user !== '') entryOf(document, file, context, 'user')
  return { name: spec.name ?? context.name, file, context: context.name, server: serverOf(cluster, file) }
}

function readDocument(file: string): Fields {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'ENOENT') {
      throw new KubeconfigError('file-missing', `kubeconfig ${file} does not exist. Check the path`, { cause: error })
    }
    throw new KubeconfigError('file-unreadable', `kubeconfig ${file} cannot be read (${code}). Check its permissions`, {
      cause: error,
    })
  }
  let document: unknown
  try {
    document = loadYaml(text)
  } catch (error) {
    const line = (error as Error).message.split('\n')[0]
    throw new KubeconfigError('not-a-kubeconfig', `kubeconfig ${file} is not YAML: ${line}`, { cause: error })
  }
  if (!isFields(document) || !Array.isArray(document.contexts)) {
    throw new KubeconfigError(
      'not-a-kubeconfig',
      `${file} is YAML, but no kubeconfig: it has no list \`contexts\`. Give the file that kubectl uses`,
    )
  }
  return document
}

function contextOf(document: Fields, file: string, wanted: string | undefined): NamedEntry {
  const contexts = entriesOf(document, 'context')
  const known = contexts.length === 0 ? 'it has none' : `it has ${contexts.map(entry => entry.name).join(', ')}`
  const current = document['current-context']
  const name = wanted ?? (typeof current === 'string' && current !== '' ? current : null)
  if (name === null) {
    throw new KubeconfigError(
      'no-current-context',
      `kubeconfig ${file} has no current-context; name a context: ${file}#context (${known})`,
    )
  }
  const found = contexts.find(entry => entry.name === name)
  if (!found) {
    const which = wanted === undefined ? 'its current-context' : 'context'
    throw new KubeconfigError(
      'context-missing',
      `kubeconfig ${file}: ${which} ${JSON.stringify(name)} is not among its contexts (${known})`,
    )
  }
  return found
}

function entryOf(document: Fields, file: string, context: NamedEntry, kind: 'cluster' | 'user'): NamedEntry {
  const name = context.fields[kind]
  const entries = entriesOf(document, kind)
  const found = entries.find(entry => entry.name === name)
  if (found) return found
  const known = entries.length === 0 ? 'none' : entries.map(entry => entry.name).join(', ')
  throw new KubeconfigError(
    `${kind}-missing`,
    `kubeconfig ${file}: context ${JSON.stringify(context.name)} names the ${kind} ${JSON.stringify(name ?? '')}, ` +
      `which is not under \`${kind}s\` (there: ${known}). Add the entry or correct the context`,
  )
}

function serverOf(cluster: NamedEntry, file: string): URL {
  const server = cluster.fields.server
  const url = typeof server === 'string' ? URL.parse(server) : null
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    throw new KubeconfigError(
      'no-server',
      `kubeconfig ${file}: cluster ${JSON.stringify(cluster.name)} needs \`server: https://host:port\`, not ${JSON.stringify(server ?? null)}`,
    )
  }
  return url
}

function entriesOf(document: Fields, kind: 'cluster' | 'user' | 'context'): NamedEntry[] {
  const list = document[`${kind}s`]
  if (!Array.isArray(list)) return []
  return list.filter(isFields).flatMap(entry => {
    const name = entry.name
    const fields = entry[kind]
    return typeof name === 'string' ? [{ name, fields: isFields(fields) ? fields : {} }] : []
  })
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** client-node's view of the context, freshly read from the file, with what client-node 2.0.1 leaves out put right. */
export function loadKubeConfig(spec: ResolvedSpec): { config: KubeConfig; impersonation: Record<string, string[]> } {
  const document = readDocument(spec.file)
  const config = new KubeConfig()
  config.loadFromFile(spec.file, { onInvalidEntry: 'filter' })
  config.setCurrentContext(spec.context)
  const cluster = config.getCurrentCluster()
  // client-node refuses http: unless told that no certificate is to be checked, which over http: there is none.
  if (cluster && spec.server.protocol === 'http:') Object.assign(cluster, { skipTLSVerify: true })

  const user = config.getCurrentUser()
  const fields = entriesOf(document, 'user').find(entry => entry.name === user?.name)?.fields
  if (!user || !fields) return { config, impersonation: {} }
  // kubectl's key is `tokenFile`; client-node knows `token-file` and reads it once. Its tokenFile provider reads again.
  const tokenFile = fields.tokenFile
  if (typeof tokenFile === 'string' && tokenFile !== '' && !user.token) {
    const file = isAbsolute(tokenFile) ? tokenFile : join(dirname(spec.file), tokenFile)
    Object.assign(user, { authProvider: { name: 'tokenFile', config: { tokenFile: file } } })
  }
  // As kubectl does: a plugin given as a relative path lies beside the kubeconfig.
  const command = user.exec?.command
  if (typeof command === 'string' && command.includes('/') && !isAbsolute(command)) {
    user.exec.command = join(dirname(spec.file), command)
  }
  return { config, impersonation: impersonationOf(fields) }
}

function impersonationOf(user: Fields): Record<string, string[]> {
  const groups = user['as-groups']
  const uid = user['as-uid']
  return {
    ...(Array.isArray(groups) ? { 'Impersonate-Group': groups.map(String) } : {}),
    ...(typeof uid === 'string' ? { 'Impersonate-Uid': [uid] } : {}),
  }
}
