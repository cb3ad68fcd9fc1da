import { type Event, type Json, revisionHash, templateDigest, type Kind as WatchedKind } from '@rollcall/contracts'
import { daemonSetFacts, nodeFacts, podFacts, revisionFacts } from '../../../packages/kube/src/facts/index.ts'
import {
  at,
  controllerOf,
  hashLabel,
  isObject,
  isTerminating,
  type JsonObject,
  type Manifest,
  mergePatch,
  type OwnerReference,
  specOf,
  statusOf,
  templateGeneration,
} from '../manifest.ts'
import { type Aged, dated, presentHash, revisionOf, template } from '../objects.ts'
import { type Ref, refOf } from '../world.ts'

export const cluster = 'conformance'

/** A stored object: complete. */
export type Stored = Manifest & {
  readonly metadata: Manifest['metadata'] & { readonly uid: string; readonly resourceVersion: string }
}

/**
 * Objects with what an API server does to them as far as the DaemonSet controller can tell: versions, generations,
 * defaults, dates, finalizers. What changes is told as the watcher tells it.
 */
export class ApiServer {
  told: Event[] = []
  now = Date.parse('2026-01-01T00:00:00Z')
  #objects = new Map<string, Stored>()
  #version = 100
  #uid = 0

  /** Of one kind, in the order of namespace and name. */
  all(kind: Manifest['kind']): Stored[] {
    return [...this.#objects.values()]
      .filter(object => object.kind === kind)
      .sort((a, b) => (keyOf(refOf(a)) < keyOf(refOf(b)) ? -1 : 1))
  }

  get(ref: Ref): Stored | undefined {
    return this.#objects.get(keyOf({ ...ref, name: nameOf(ref.name) }))
  }

  /** Creates or replaces. */
  put({ ageSeconds, ...object }: Aged): Stored {
    const held = this.get(refOf(object as Manifest))
    const known = this.#resolved(dated(object as JsonObject, this.now) as Manifest)
    if (held) return this.#store(updated(held, known), held)
    const created = new Date(this.now - (ageSeconds ?? 0) * 1000).toISOString()
    const metadata = { uid: `uid-${++this.#uid}`, creationTimestamp: created, ...known.metadata }
    return this.#store(createdFrom({ ...known, metadata }), undefined)
  }

  patch(ref: Ref, change: JsonObject): Stored {
    const held = this.#must(ref)
    const merged = mergePatch(held as unknown as JsonObject, dated(change, this.now)) as unknown as Manifest
    return this.#store(updated(held, merged, 'status' in change), held)
  }

  /** What a DELETE does: marks what has finalizers or somebody who must end it; else the object is gone. */
  remove(ref: Ref, lingers: boolean): void {
    const held = this.#must(ref)
    if (isTerminating(held)) return
    const finalizers = held.metadata.finalizers ?? []
    if (!lingers && finalizers.length === 0) {
      this.drop(ref)
      return
    }
    const deletionTimestamp = new Date(this.now).toISOString()
    const generation = held.metadata.generation === undefined ? {} : { generation: held.metadata.generation + 1 }
    this.#store({ ...held, metadata: { ...held.metadata, deletionTimestamp, ...generation } }, held)
  }

  drop(ref: Ref): void {
    const held = this.#must(ref)
    this.#objects.delete(keyOf(refOf(held)))
    const { name, namespace = '', uid } = held.metadata
    const gone = { cluster, at: this.now, name, uid, resourceVersion: this.#next() }
    if (held.kind === 'Node') this.told.push({ type: 'NodeGone', ...gone })
    else if (held.kind === 'Pod') this.told.push({ type: 'PodGone', namespace, ...gone })
    else if (held.kind === 'DaemonSet') this.told.push({ type: 'DaemonSetGone', namespace, ...gone })
    else this.told.push({ type: 'RevisionGone', namespace, ...gone })
  }

  /** The watcher lists every kind for the first time. */
  list(): void {
    this.told.length = 0
    const at = this.now
    this.told.push({
      type: 'ClusterIdentified',
      cluster,
      at,
      clusterUid: 'c',
      serverVersion: 'v1.37.2',
      mode: 'control',
      overridesAsked: false,
      guard: null,
      creationRate: null,
    })
    for (const kind of ['Node', 'Pod', 'DaemonSet', 'ControllerRevision'] as const satisfies readonly WatchedKind[]) {
      const relist = `first-${kind}`
      this.told.push({ type: 'RelistStarted', cluster, at, kind, relist, historyReset: false })
      const objects = this.all(kind)
      for (const object of objects) this.#tell(object)
      const listed = objects.map(({ metadata: { namespace = '', name, uid } }) => ({ namespace, name, uid }))
      this.told.push({ type: 'RelistListed', cluster, at, kind, relist, objects: listed })
      this.told.push({ type: 'RelistCompleted', cluster, at, kind, relist, resourceVersion: this.#next() })
    }
  }

  /** The hash of the revision with the highest number that the DaemonSet controls. */
  presentHash(name: string): string {
    const uid = this.get({ kind: 'DaemonSet', name })?.metadata.uid
    const own = this.all('ControllerRevision').filter(revision => controllerOf(revision)?.uid === uid)
    const present = own.sort((a, b) => (b.revision ?? 0) - (a.revision ?? 0))[0]
    const hash = present?.metadata.labels?.[hashLabel]
    if (hash === undefined) throw new Error(`DaemonSet ${name} has no revision yet: let the story settle first`)
    return hash
  }

  #must(ref: Ref): Stored {
    const held = this.get(ref)
    if (!held) throw new Error(`there is no ${ref.kind} ${ref.namespace ?? 'default'}/${ref.name}`)
    return held
  }

  #store(object: Manifest, before: Stored | undefined): Stored {
    const uid = before?.metadata.uid ?? object.metadata.uid ?? ''
    const stored = { ...object, metadata: { ...object.metadata, uid, resourceVersion: this.#next() } }
    this.#objects.set(keyOf(refOf(stored)), stored)
    this.#tell(stored)
    return stored
  }

  #tell(object: Stored): void {
    const common = { cluster, at: this.now, by: null }
    if (object.kind === 'Node') this.told.push({ type: 'NodeObserved', ...common, node: nodeFacts(object) })
    else if (object.kind === 'Pod') this.told.push({ type: 'PodObserved', ...common, pod: podFacts(object) })
    else if (object.kind === 'DaemonSet')
      this.told.push({ type: 'DaemonSetObserved', ...common, daemonSet: daemonSetFacts(object) })
    else this.told.push({ type: 'RevisionObserved', ...common, revision: revisionFacts(object) })
  }

  /** What a scenario cannot know: the uid of an owner, the present hash. */
  #resolved(object: Manifest): Manifest {
    const { labels, ownerReferences } = object.metadata
    const metadata = {
      ...object.metadata,
      name: nameOf(object.metadata.name),
      ...(labels?.[hashLabel] === presentHash ? { labels: { ...labels, [hashLabel]: this.presentHash('ds') } } : {}),
      ...(ownerReferences ? { ownerReferences: ownerReferences.map(owner => this.#withUid(owner)) } : {}),
    }
    return { ...object, metadata }
  }

  #withUid(owner: OwnerReference): OwnerReference {
    if (owner.uid !== '') return owner
    const uid = this.get({ kind: 'DaemonSet', name: owner.name })?.metadata.uid
    if (uid === undefined) throw new Error(`${owner.kind} ${owner.name} is to own something, and does not exist yet`)
    return { ...owner, uid }
  }

  #next(): string {
    this.#version += 1
    return String(this.#version)
  }
}

/** The name of a template's revision is Rollcall's to give. */
function nameOf(name: string): string {
  const wanted = revisionOf.read(name)
  if (wanted === null) return name
  return `ds-${revisionHash(templateDigest(template({ image: wanted.image })), wanted.collisions)}`
}

const keyOf = ({ kind, name, namespace = 'default' }: Ref): string =>
  `${kind}/${kind === 'Node' ? '' : namespace}/${name}`

/** Defaults and generations of a DaemonSet (spec §8.1, §8.2). */
function createdFrom(object: Manifest): Manifest {
  if (object.kind !== 'DaemonSet') return object
  const annotations = { ...object.metadata.annotations }
  annotations[templateGeneration] ??= '1'
  return defaulted({ ...object, metadata: { ...object.metadata, generation: 1, annotations }, status: {} })
}

function updated(held: Stored, next: Manifest, toStatus = false): Manifest {
  const { uid, creationTimestamp = '', deletionTimestamp } = held.metadata
  const metadata = { ...next.metadata, uid, creationTimestamp, ...(deletionTimestamp ? { deletionTimestamp } : {}) }
  if (next.kind !== 'DaemonSet') return { ...next, metadata }
  const wanted = defaulted(next)
  const templateChanged = !same(specOf(held).template, specOf(wanted).template)
  const changed = !same(specOf(held), specOf(wanted))
  const generation = Number(held.metadata.annotations?.[templateGeneration] ?? 0) + (templateChanged ? 1 : 0)
  return {
    ...wanted,
    metadata: {
      ...metadata,
      generation: (held.metadata.generation ?? 0) + (changed ? 1 : 0),
      annotations: { ...metadata.annotations, [templateGeneration]: String(generation) },
    },
    status: toStatus ? statusOf(next) : statusOf(held),
  }
}

function defaulted(object: Manifest): Manifest {
  const strategy = at(object.spec, 'updateStrategy')
  const { type = 'RollingUpdate', rollingUpdate = {} } = isObject(strategy) ? strategy : {}
  const updateStrategy =
    type === 'RollingUpdate' && isObject(rollingUpdate)
      ? { type, rollingUpdate: { maxUnavailable: 1, maxSurge: 0, ...rollingUpdate } }
      : { type }
  return { ...object, spec: { revisionHistoryLimit: 10, ...object.spec, updateStrategy } }
}

const same = (a: Json | undefined, b: Json | undefined): boolean => JSON.stringify(a) === JSON.stringify(b)
