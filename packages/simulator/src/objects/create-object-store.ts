import type { Clock, Random } from '@rollcall/service'
import { strategies } from '../schema/strategies.ts'
import { boundPod } from './binding.ts'
import { createCollection } from './collection.ts'
import { finalizersForDeletion, isEndedByUpdate, planDeletion, timestamp } from './deletion.ts'
import type { StoreDump } from './dump.ts'
import { alreadyExists, badRequest, conflict, generatedNameTaken, invalid, notFound, staleWrite } from './errors.ts'
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
  ObjectStore,
  ResourceName,
  Subresource,
  WriteOptions,
} from './object-store.ts'
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

  /** The one place where something changes. */
  function commit(shelf: Shelf, type: Change['type'], object: KubeObject, before: KubeObject | null): KubeObject {
    revision++
    const metadata = { ...object.metadata, resourceVersion: String(revision) }
    const stored = frozen({ ...object, metadata })
    if (type === 'DELETED') shelf.objects.remove(metadata.namespace ?? '', metadata.name)
    else shelf.objects.put(stored)
    shelf.history.add(Object.freeze({ type, object: stored, before }), revision)
    return stored
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
    if (metadata.resourceVersion) {
      throw badRequest('resourceVersion should not be set on objects to be created')
    }
    const isGenerated = !metadata.name && Boolean(metadata.generateName)
    const name = isGenerated ? generatedName(metadata.generateName ?? '', random) : metadata.name
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
        managedFields: managedFieldsAfter(undefined, resource.apiVersion, undefined, now(), options),
      }),
    })
    const errors = [...strategy.validateCreate(object)]
    if (errors.length > 0) throw invalid(resource.kind, resource.group, object.metadata.name, errors)
    if (objects.find(scope, object.metadata.name)) {
      throw (isGenerated ? generatedNameTaken : alreadyExists)(resource, object.metadata.name)
    }
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

    const managedFields = managedFieldsAfter(
      present.metadata.managedFields,
      resource.apiVersion,
      subresource,
      now(),
      options,
    )
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
        const marked = commit(shelf, 'MODIFIED', deletion.object, present)
        return deletion.isLast ? commit(shelf, 'DELETED', marked, marked) : marked
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
      const bound = boundPod(pod, node, options, now())
      const { managedFields } = bound.metadata
      const metadata = metadataOf({
        ...bound.metadata,
        managedFields: managedFieldsAfter(managedFields, 'v1', 'binding', now(), options),
      })
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

function assertSameNamespace(inDraft: string | undefined, inRequest: string): void {
  if (!inDraft || inDraft === inRequest) return
  throw badRequest('the namespace of the provided object does not match the namespace sent on the request')
}

function assertWritable(resource: Resource, present: KubeObject, { metadata }: Draft): void {
  const { name, uid, resourceVersion } = present.metadata
  if (metadata.name !== undefined && metadata.name !== name) {
    throw badRequest(`the name of the object (${metadata.name}) does not match the name on the URL (${name})`)
  }
  if (resource.isNamespaced) assertSameNamespace(metadata.namespace, present.metadata.namespace ?? '')
  if (metadata.uid && metadata.uid !== uid) {
    const why = `Precondition failed: UID in precondition: ${metadata.uid}, UID in object meta: ${uid}`
    throw conflict(resource.resource, resource.group, name, why)
  }
  const isUnconditional = !metadata.resourceVersion || metadata.resourceVersion === '0'
  if (isUnconditional && !resource.allowsUnconditionalUpdate) {
    throw invalid(resource.resource, resource.group, name, [
      {
        type: 'FieldValueInvalid',
        field: 'metadata.resourceVersion',
        badValue: 0,
        detail: 'must be specified for an update',
      },
    ])
  }
  if (!isUnconditional && metadata.resourceVersion !== resourceVersion) {
    throw conflict(resource.resource, resource.group, name, staleWrite)
  }
}

/** The object as it will be, if it is valid: what a client may not change is the present object's. */
function prepareUpdate(
  strategy: Strategy,
  present: KubeObject,
  draft: Draft,
  subresource: Subresource | undefined,
): KubeObject {
  const { name, namespace, uid, resourceVersion, generation, creationTimestamp, managedFields } = present.metadata
  const { deletionTimestamp, deletionGracePeriodSeconds } = present.metadata
  const object: KubeObject = {
    ...draft,
    kind: present.kind,
    apiVersion: present.apiVersion,
    metadata: metadataOf({
      ...draft.metadata,
      name,
      namespace,
      uid,
      resourceVersion,
      generation,
      creationTimestamp,
      deletionTimestamp,
      deletionGracePeriodSeconds,
      managedFields,
    }),
  }
  switch (subresource) {
    case undefined:
      return strategy.prepareUpdate(object, present)
    case 'status':
      return strategy.prepareStatus(object, present)
    case 'finalize':
      return { ...present, spec: { ...(present.spec as object), finalizers: heldBy(object) } }
  }
}

function assertPreconditions(
  resource: Resource,
  { metadata }: KubeObject,
  { preconditions = {} }: DeleteOptions,
): void {
  const { name, uid, resourceVersion } = metadata
  const { kind, group } = resource
  if (preconditions.uid !== undefined && preconditions.uid !== uid) {
    const why = `the UID in the precondition (${preconditions.uid}) does not match the UID in record (${uid}). The object might have been deleted and then recreated`
    throw conflict(kind, group, name, why)
  }
  if (preconditions.resourceVersion !== undefined && preconditions.resourceVersion !== resourceVersion) {
    const why = `the ResourceVersion in the precondition (${preconditions.resourceVersion}) does not match the ResourceVersion in record (${resourceVersion}). The object might have been modified`
    throw conflict(kind, group, name, why)
  }
}
