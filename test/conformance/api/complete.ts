import { goCanonicalJson, type Json } from '@rollcall/contracts'
import {
  at,
  controllerOf,
  hashLabel,
  isObject,
  type JsonObject,
  type Manifest,
  type OwnerReference,
} from '../manifest.ts'
import { foreignUid, presentHash } from '../objects.ts'
import { type Cluster, Refused } from './cluster.ts'

/** What a scenario leaves out of a manifest, as a client would have to write it. */
export async function complete(object: Manifest, cluster: Cluster): Promise<Manifest> {
  const whole = { apiVersion: object.kind === 'Node' || object.kind === 'Pod' ? 'v1' : 'apps/v1', ...object }
  const metadata = await withReferences(object, cluster)
  switch (object.kind) {
    case 'Node':
      return { ...whole, metadata, status: { ...object.status, ...roomOf(object) } }
    case 'Pod':
      return { ...whole, metadata, spec: { containers: [{ name: 'main', image: 'foo/bar' }], ...object.spec } }
    case 'ControllerRevision':
      return { ...whole, metadata, data: await asDefaulted(object.data ?? {}, cluster) }
    case 'DaemonSet':
      return { ...whole, metadata }
  }
}

/** Plenty, but for what the scenario says. */
function roomOf({ status }: Manifest): JsonObject {
  const said = at(status, 'allocatable')
  const room = { cpu: '1k', memory: '1Ti', pods: '10k', ...(isObject(said) ? said : {}) }
  return { allocatable: room, capacity: room }
}

async function withReferences({ metadata }: Manifest, cluster: Cluster): Promise<Manifest['metadata']> {
  const { deletionTimestamp: _, labels, ownerReferences, ...rest } = metadata
  const owners = await Promise.all((ownerReferences ?? []).map(owner => withUid(owner, metadata.namespace, cluster)))
  const hash = labels?.[hashLabel] === presentHash ? await presentHashOf(cluster) : labels?.[hashLabel]
  return {
    ...rest,
    ...(labels ? { labels: hash === undefined ? labels : { ...labels, [hashLabel]: hash } } : {}),
    ...(ownerReferences ? { ownerReferences: owners } : {}),
  }
}

async function withUid(owner: OwnerReference, namespace = 'default', cluster: Cluster): Promise<OwnerReference> {
  // Somebody else's: what has an owner that does not exist is collected, so it is one that does.
  if (owner.uid === foreignUid) return { ...owner, ...(await cluster.stranger()) }
  if (owner.uid !== '') return owner
  const found = await cluster.get({ kind: 'DaemonSet', name: owner.name, namespace })
  if (!found) throw new Error(`${owner.kind} ${owner.name} is to own something, and does not exist yet`)
  return { ...owner, uid: found.metadata.uid }
}

/** The hash of the revision with the highest number that DaemonSet `ds` controls. */
async function presentHashOf(cluster: Cluster): Promise<string> {
  const uid = (await cluster.get({ kind: 'DaemonSet', name: 'ds' }))?.metadata.uid
  const own = (await cluster.list('ControllerRevision')).filter(revision => controllerOf(revision)?.uid === uid)
  const present = own.sort((a, b) => (b.revision ?? 0) - (a.revision ?? 0))[0]
  const hash = present?.metadata.labels?.[hashLabel]
  if (hash === undefined) throw new Error('DaemonSet ds has no revision yet: let the story settle first')
  return hash
}

/** A revision's data holds a template as the API server stores it: with its defaults, in the order of the reference. */
async function asDefaulted(data: JsonObject, cluster: Cluster): Promise<JsonObject> {
  const template = at(data, 'spec', 'template')
  if (!isObject(template)) return data
  const { $patch = 'replace', ...untouched } = template
  const defaulted = await defaultedTemplate(untouched, cluster)
  // What defaulting takes away is the point of the case.
  const metadata = { ...(untouched.metadata as JsonObject), ...(defaulted.metadata as JsonObject) }
  return JSON.parse(goCanonicalJson({ spec: { template: { ...defaulted, metadata, $patch } } })) as JsonObject
}

export async function defaultedTemplate(template: JsonObject, cluster: Cluster): Promise<JsonObject> {
  const labels = at(template, 'metadata', 'labels') as JsonObject
  const probe = {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: 'defaults', namespace: 'default' },
    spec: { selector: { matchLabels: labels }, template },
  } as const
  const { spec } = await cluster.create(probe, { isDryRun: true })
  const defaulted: Json | undefined = spec?.template
  if (!isObject(defaulted)) throw new Refused(500, 'a DaemonSet came back without template')
  return defaulted
}
