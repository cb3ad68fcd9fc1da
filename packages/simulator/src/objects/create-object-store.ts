import type { Clock, Random } from '@rollcall/service'
import { strategies } from '../schema/strategies.ts'
import { boundPod, topologyLabelsOf } from './binding.ts'
import { createCollection } from './collection.ts'
import { finalizersForDeletion, isEndedByUpdate, planDeletion, timestamp } from './deletion.ts'
import type { StoreDump } from './dump.ts'
import { alreadyExists, badRequest, generatedNameTaken, invalid, notFound, unknownError } from './errors.ts'
import { frozen, isEqual } from './frozen.ts'
import { createHistory } from './history.ts'
import { managedFieldsAfter, metadataOf } from './metadata.ts'
import { createUid, generatedName } from './names.ts'
import { assertMortal, assertTakesContent, firstNamespaces, heldBy, terminating } from './namespaces.ts'
import type {
  Change,
  DeleteOptions,
  Draft,
  KubeObject,
  ObjectMeta,
  ObjectStore,
  ResourceName,
  Subresource,
  WriteOptions,
} from './object-store.ts'
import { assertPreconditions, assertSameNamespace, assertWritable } from './preconditions.ts'
import { prepareUpdate } from './prepare-update.ts'
import { type Resource, resourceNames, resources } from './resources.ts'
import type { Strategy } from './strategy.ts'

export type ObjectStoreOptions = {
  readonly clock: Clock
  /** For uids and generated names: one seed, one history. */
  readonly random: Random
  /** uid of kube-system. Default: by chance, as every uid. */
  readonly clusterUid?: string
  /** Changes of each resource that are kept for watches to resume from, at least. Default 10,000. */
  readonly historyMax?: number
  /** Objects to begin with, in place of the first namespaces. Watches that resume from before get 410. */
  readonly restored?: StoreDump
}

const generateTriesMax = 8

/** One resource as the store holds it. */
type Shelf = {
  readonly resource: Resource
  readonly strategy: Strategy
  readonly objects: ReturnType<typeof createCollection>
  readonly history: ReturnType<typeof createHistory>
}

export function createObjectStore(options: ObjectStoreOptions): ObjectStore {
  const { clock, random, historyMax = 10_000 } = options
  const shelves = new Map<ResourceName, Shelf>(
    resourceNames.map(name => [
      name,
      {
        resource: resources[name],
        strategy: strategies[name],
        objects: createCollection(),
        history: createHistory(historyMax),
      },
    ]),
  )
  let revision = 0

  function shelfOf(name: ResourceName): Shelf {
    const shelf = shelves.get(name)
    if (!shelf) throw new Error(`no resource ${name} in the simulator: it serves ${resourceNames.join(', ')}`)
    return shelf
  }

  const now = () => timestamp(clock.now())

  function get({ resource, objects }: Shelf, namespace: string, name: string): KubeObject {
    const found = objects.find(resource.isNamespaced ? namespace : '', name)
    if (!found) throw notFound(resource, name)
    return found
  }

  /** The one place where something changes. Nobody is told yet. */
  function record(shelf: Shelf, type: Change['type'], object: KubeObject, before: KubeObject | null): KubeObject {
    revision++
    const metadata = { ...object.metadata, resourceVersion: String(revision) }
    const stored = frozen({ ...object, metadata })
    if (type === 'DELETED') shelf.objects.remove(metadata.namespace ?? '', metadata.name)
    else shelf.objects.put(stored)
    shelf.history.add(Object.freeze({ type, object: stored, before }), revision)
    return stored
  }

  function commit(shelf: Shelf, type: Change['type'], object: KubeObject, before: KubeObject | null): KubeObject {
    const stored = record(shelf, type, object, before)
    shelf.history.deliver()
    return stored
  }

  /** managedFields after a write. */
  function written(
    present: KubeObject | undefined,
    { apiVersion }: Resource,
    subresource: string | undefined,
    { manager }: WriteOptions,
  ): ObjectMeta['managedFields'] {
    const before = present?.metadata.managedFields
    return manager === undefined
      ? before
      : managedFieldsAfter(before, { manager, apiVersion, subresource, time: now() })
  }

  function freeName({ objects }: Shelf, namespace: string, generateName: string): string {
    if (generateName === '') return ''
    let name = generatedName(generateName, random)
    for (let tries = 1; tries < generateTriesMax && objects.find(namespace, name); tries++) {
      name = generatedName(generateName, random)
    }
    return name
  }

  function create(
    shelf: Shelf,
    namespace: string,
    draft: Draft,
    options: WriteOptions,
    uid = createUid(random),
  ): KubeObject {
    const { resource, strategy, objects } = shelf
    const { metadata } = draft
    const scope = resource.isNamespaced ? namespace : ''
    if (resource.isNamespaced) {
      assertSameNamespace(metadata.namespace, namespace)
      assertTakesContent(get(shelfOf('namespaces'), '', namespace), resource, metadata.name ?? '')
    }
    const name = metadata.name || freeName(shelf, scope, metadata.generateName ?? '')
    const object = strategy.prepareCreate({
      ...draft,
      kind: resource.kind,
      apiVersion: resource.apiVersion,
      metadata: metadataOf({
        ...metadata,
        name,
        namespace: scope,
        uid,
        generation: undefined,
        creationTimestamp: now(),
        deletionTimestamp: undefined,
        deletionGracePeriodSeconds: undefined,
        managedFields: written(undefined, resource, undefined, options),
      }),
    })
    const errors = [...strategy.validateCreate(object)]
    if (errors.length > 0) throw invalid(resource.kind, resource.group, object.metadata.name, errors)
    if (metadata.resourceVersion) throw unknownError('resourceVersion should not be set on objects to be created')
    if (objects.find(scope, name)) throw (metadata.name ? alreadyExists : generatedNameTaken)(resource, name)
    return options.dryRun ? frozen(object) : commit(shelf, 'ADDED', object, null)
  }

  function update(
    shelf: Shelf,
    present: KubeObject,
    draft: Draft,
    subresource: Subresource | undefined,
    options: WriteOptions,
  ): KubeObject {
    const { resource, strategy } = shelf
    assertWritable(resource, present, draft)
    const prepared = prepareUpdate(strategy, present, draft, subresource)
    const validate = subresource === 'status' ? strategy.validateStatus : strategy.validateUpdate
    const errors = [...validate(prepared, present)]
    if (errors.length > 0) throw invalid(resource.kind, resource.group, present.metadata.name, errors)
    if (isEqual(prepared, present)) return present

    const managedFields = written(present, resource, subresource, options)
    const next = { ...prepared, metadata: metadataOf({ ...prepared.metadata, managedFields }) }
    if (options.dryRun) return frozen(next)
    const isHeld = resource.resource === 'namespaces' && heldBy(next).length > 0
    if (!isHeld && isEndedByUpdate(present, next)) {
      commit(shelf, 'DELETED', present, present)
      return frozen(next)
    }
    return commit(shelf, 'MODIFIED', next, present)
  }

  function remove(shelf: Shelf, present: KubeObject, options: DeleteOptions): KubeObject {
    const { resource, strategy } = shelf
    assertPreconditions(resource, present, options)
    if (resource.resource === 'namespaces') {
      assertMortal(resource, present.metadata.name)
      if (present.metadata.deletionTimestamp === undefined) {
        const finalizers = finalizersForDeletion(present.metadata.finalizers ?? [], options)
        const next = terminating(present, finalizers, clock.now())
        return options.dryRun ? frozen(next) : commit(shelf, 'MODIFIED', next, present)
      }
      if (heldBy(present).length > 0) return present
    }
    const deletion = planDeletion(present, options, strategy.graceSeconds(present, options), clock.now())
    switch (deletion.kind) {
      case 'pending':
        return present
      case 'remove':
        return options.dryRun ? present : commit(shelf, 'DELETED', present, present)
      case 'mark': {
        if (options.dryRun) return frozen(deletion.object)
        if (isEqual(deletion.object, present)) return present
        if (!deletion.isLast) return commit(shelf, 'MODIFIED', deletion.object, present)
        // Told of both at once: a listener that deletes what is marked comes too late.
        const marked = record(shelf, 'MODIFIED', deletion.object, present)
        return commit(shelf, 'DELETED', marked, marked)
      }
    }
  }

  function restore(dump: StoreDump): void {
    for (const { resource, object } of dump.objects) shelfOf(resource).objects.put(frozen(object))
    revision = dump.revision
    for (const { history } of shelves.values()) history.compact(revision)
  }

  if (options.restored) restore(options.restored)
  for (const name of options.restored ? [] : firstNamespaces) {
    const uid = name === 'kube-system' ? options.clusterUid : undefined
    create(shelfOf('namespaces'), '', { apiVersion: 'v1', kind: 'Namespace', metadata: { name } }, {}, uid)
  }
  const clusterUid = get(shelfOf('namespaces'), '', 'kube-system').metadata.uid

  return {
    clusterUid,
    resourceVersion: () => String(revision),
    get: (resource, namespace, name) => get(shelfOf(resource), namespace, name),
    find: (resource, namespace, name) =>
      shelfOf(resource).objects.find(resources[resource].isNamespaced ? namespace : '', name),
    list: (resource, namespace) => shelfOf(resource).objects.list(resources[resource].isNamespaced ? namespace : null),
    create: (resource, namespace, draft, options = {}) => create(shelfOf(resource), namespace, draft, options),
    update(resource, namespace, name, draft, subresource, options = {}) {
      const shelf = shelfOf(resource)
      return update(shelf, get(shelf, namespace, name), draft, subresource, options)
    },
    change(resource, namespace, name, change, subresource, options = {}) {
      const shelf = shelfOf(resource)
      const present = get(shelf, namespace, name)
      const draft = change(present)
      return draft === null ? present : update(shelf, present, draft, subresource, options)
    },
    bind(namespace, name, node, options = {}) {
      const shelf = shelfOf('pods')
      const pod = get(shelf, namespace, name)
      const topology = topologyLabelsOf(shelfOf('nodes').objects.find('', node))
      const bound = boundPod(pod, node, { ...options, labels: { ...options.labels, ...topology } }, now())
      const managedFields = written(pod, shelf.resource, 'binding', options)
      const metadata = metadataOf({ ...bound.metadata, managedFields })
      if (!options.dryRun) commit(shelf, 'MODIFIED', { ...bound, metadata }, pod)
    },
    delete(resource, namespace, name, options = {}) {
      const shelf = shelfOf(resource)
      return remove(shelf, get(shelf, namespace, name), options)
    },
    watch(resource, since, listener) {
      if (!/^\d*$/.test(since)) {
        throw badRequest(`Invalid value: ${JSON.stringify(since)}: a resourceVersion is a decimal number`)
      }
      return shelfOf(resource).history.watch(Number(since), revision, listener)
    },
    compact() {
      for (const { history } of shelves.values()) history.compact(revision)
    },
  }
}
