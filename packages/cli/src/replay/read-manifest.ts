import { readFile } from 'node:fs/promises'
import type { DaemonSetFacts } from '@rollcall/contracts'
import { CliError } from '../errors.ts'

/**
 * The facts of the DaemonSet in a manifest, as a watcher would tell them: an API server in memory fills in the defaults and
 * refuses what is invalid, so that a template which was not changed has the digest of the recorded one. @throws CliError
 */
export async function readManifest(file: string): Promise<DaemonSetFacts> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    const what = error.code === 'ENOENT' ? 'there is no such file' : `it cannot be read: ${error.message}`
    throw new CliError('usage', `${file}: ${what}`, 'check the path')
  })
  const manifest = await daemonSetIn(file, text)
  const { createSimulatedCluster, createVirtualTime } = await import('@rollcall/simulator')
  const { daemonSetFacts } = await import('@rollcall/kube')
  const cluster = createSimulatedCluster({ name: 'manifest', seed: 'manifest', ...createVirtualTime() })
  const { name, namespace = 'default' } = manifest.metadata
  const { status: _, ...spec } = manifest
  // What the server wrote is not the author's.
  const { uid: __, resourceVersion: ___, creationTimestamp: ____, ...metadata } = manifest.metadata
  try {
    if (cluster.store.find('namespaces', '', namespace) === null) {
      cluster.apply('namespaces', '', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } })
    }
    const stored = cluster.apply('daemonsets', namespace, { ...spec, metadata: { ...metadata, name } })
    return daemonSetFacts(stored)
  } catch (error) {
    if (!(error instanceof Error && (error.name === 'ApiStatusError' || error.name === 'FactsError'))) throw error
    throw new CliError('usage', `${file}: an API server would refuse it: ${error.message}`, 'mend the manifest')
  }
}

type Manifest = {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly [member: string]: unknown }
  readonly [member: string]: unknown
}

async function daemonSetIn(file: string, text: string): Promise<Manifest> {
  const { parseAllDocuments } = await import('yaml')
  const found: unknown[] = []
  for (const document of parseAllDocuments(text)) {
    const [problem] = document.errors
    if (problem) throw new CliError('usage', `${file} is no YAML: ${problem.message.split('\n')[0]}`, 'mend it')
    found.push(document.toJS())
  }
  const [only, ...more] = found.filter(isDaemonSet)
  if (only && more.length === 0) return only
  const what = only ? `${more.length + 1} DaemonSets` : 'no DaemonSet with a name (apps/v1)'
  throw new CliError('usage', `${file} holds ${what}`, 'it must hold one')
}

function isDaemonSet(value: unknown): value is Manifest {
  if (typeof value !== 'object' || value === null || !('metadata' in value)) return false
  const { kind, apiVersion, metadata } = value as Partial<Manifest>
  return kind === 'DaemonSet' && apiVersion === 'apps/v1' && typeof metadata?.name === 'string'
}
