import type {
  Command,
  CommandResult,
  DaemonSetFacts,
  Event,
  NodeFacts,
  PodFacts,
  RevisionFacts,
  TemplateFacts,
} from '@rollcall/contracts'
import { type ClusterState, createdPod } from '@rollcall/daemonset'
import type { Agenda } from './agenda.ts'
import type { Latencies, PodPlace } from './latencies.ts'

/**
 * What the cluster would have answered: it does commands as the API server does (without refusals), binds pods, makes them
 * ready, ends them, and collects what a DaemonSet leaves behind; each after the time learned from the record. A node that is not
 * ready starts and ends nothing until it is. No chance is in it. What it does not know: see the README of this package.
 */
export class ClusterModel {
  readonly nodes = new Map<string, NodeFacts>()
  readonly pods = new Map<string, PodFacts>()
  readonly daemonSets = new Map<string, DaemonSetFacts>()
  readonly revisions = new Map<string, RevisionFacts>()
  readonly #cluster: string
  readonly #agenda: Agenda
  readonly #latencies: Latencies
  readonly tell: (event: Event) => void
  readonly #now: () => number
  /** Every template that a DaemonSet has had, by digest: what a revision holds. */
  readonly #templates: ReadonlyMap<string, TemplateFacts>
  /** Taints that were taken away at Rollcall's command, by the node's uid: `key:effect`. */
  readonly #untainted = new Map<string, Set<string>>()
  /** What happens on a node as soon as it is ready. */
  readonly #whenUp = new Map<string, (() => void)[]>()
  #version: bigint

  constructor(
    state: ClusterState,
    ports: {
      readonly agenda: Agenda
      readonly latencies: Latencies
      readonly templates: ReadonlyMap<string, TemplateFacts>
      readonly now: () => number
      readonly tell: (event: Event) => void
    },
  ) {
    this.#cluster = state.cluster
    this.#agenda = ports.agenda
    this.#latencies = ports.latencies
    this.#templates = ports.templates
    this.tell = ports.tell
    this.#now = ports.now
    for (const node of state.nodes.values()) this.nodes.set(node.name, node)
    for (const { facts } of state.daemonSets.values()) this.daemonSets.set(facts.uid, facts)
    for (const { facts } of state.revisions.values()) this.revisions.set(keyOf(facts), facts)
    for (const { facts } of state.pods.values()) this.pods.set(keyOf(facts), facts)
    this.#version = newestVersion(state) + 1_000n
    // What was under way goes on.
    for (const pod of this.pods.values()) {
      if (pod.owner?.kind !== 'DaemonSet' || isTerminal(pod)) continue
      if (pod.deletedAt !== null) this.#end(pod)
      else if (pod.nodeName === null) this.#bindLater(pod)
      else if (!pod.ready) this.#readyLater(pod)
    }
    for (const { command, since } of state.flights.values()) {
      this.#agenda.plan(Math.max(this.#now(), since + this.#latencies.answer(command.type)), () => this.#do(command))
    }
  }

  /** The executor gets a command: it is done, and answered, after the time that takes. */
  execute(command: Command): void {
    if (command.type === 'RecordEvent') return
    this.#agenda.plan(this.#now() + this.#latencies.answer(command.type), () => this.#do(command))
  }

  putNode(facts: NodeFacts): void {
    const taken = this.#untainted.get(facts.uid)
    const taints = taken ? facts.taints.filter(({ key, effect }) => !taken.has(`${key}:${effect}`)) : facts.taints
    const node = { ...facts, taints, resourceVersion: this.#next() }
    this.nodes.set(node.name, node)
    this.tell({ type: 'NodeObserved', ...this.#envelope(), node, by: null })
    if (!isUp(node)) return
    const waiting = this.#whenUp.get(node.name) ?? []
    this.#whenUp.delete(node.name)
    for (const run of waiting) run()
  }

  removeNode(name: string): void {
    const node = this.nodes.get(name)
    if (!node) return
    this.nodes.delete(name)
    this.#whenUp.delete(name)
    this.tell({ type: 'NodeGone', ...this.#envelope(), name, uid: node.uid, resourceVersion: this.#next() })
    // The pod GC takes the pods of a node that is gone.
    for (const pod of this.pods.values()) {
      if (pod.nodeName === name) this.#agenda.plan(this.#now() + podGcMs, () => this.#removeOrphaned(pod))
    }
  }

  putDaemonSet(facts: DaemonSetFacts): void {
    const daemonSet = { ...facts, resourceVersion: this.#next() }
    this.daemonSets.set(facts.uid, daemonSet)
    this.tell({ type: 'DaemonSetObserved', ...this.#envelope(), daemonSet, by: null })
    if (facts.deletedAt !== null) this.#collect(facts.uid)
  }

  removeDaemonSet(uid: string): void {
    const held = this.daemonSets.get(uid)
    if (!held) return
    this.daemonSets.delete(uid)
    const { namespace, name } = held
    this.tell({ type: 'DaemonSetGone', ...this.#envelope(), namespace, name, uid, resourceVersion: this.#next() })
    this.#collect(uid)
  }

  /** Something that happens to a pod from outside; `change` null: somebody deletes it. */
  disturb(pod: PodFacts, change: Partial<PodFacts> | null): void {
    if (change === null) this.#delete(pod)
    else this.#putPod({ ...pod, ...change })
  }

  putPod(facts: PodFacts): void {
    this.#putPod(facts)
  }

  removePod(pod: PodFacts): void {
    if (this.pods.get(keyOf(pod))?.uid !== pod.uid) return
    this.pods.delete(keyOf(pod))
    const { namespace, name, uid } = pod
    this.tell({ type: 'PodGone', ...this.#envelope(), namespace, name, uid, resourceVersion: this.#next() })
  }

  #envelope() {
    return { cluster: this.#cluster, at: this.#now() }
  }

  #next(): string {
    this.#version += 1n
    return String(this.#version)
  }

  #putPod(facts: PodFacts): PodFacts {
    const pod = { ...facts, resourceVersion: this.#next() }
    this.pods.set(keyOf(pod), pod)
    this.tell({ type: 'PodObserved', ...this.#envelope(), pod, by: null })
    return pod
  }

  #present(pod: PodFacts): PodFacts | null {
    const held = this.pods.get(keyOf(pod))
    return held?.uid === pod.uid ? held : null
  }

  #onceUp(node: string, run: () => void): void {
    const known = this.nodes.get(node)
    if (known && isUp(known)) run()
    else this.#whenUp.set(node, [...(this.#whenUp.get(node) ?? []), run])
  }

  #bindLater(pod: PodFacts): void {
    const place = placeOf(pod)
    this.#agenda.plan(this.#now() + this.#latencies.bind(place), () => {
      const held = this.#present(pod)
      if (!held || held.deletedAt !== null || held.nodeName !== null || !this.nodes.has(place.node)) return
      this.#readyLater(this.#putPod({ ...held, nodeName: place.node }))
    })
  }

  #readyLater(pod: PodFacts): void {
    const place = placeOf(pod)
    const ms = this.#latencies.ready(place)
    if (ms === null) {
      this.#troubleLater(pod)
      return
    }
    this.#agenda.plan(this.#now() + ms, () =>
      this.#onceUp(place.node, () => {
        const held = this.#present(pod)
        if (!held || held.deletedAt !== null || isTerminal(held) || held.ready) return
        this.#putPod({ ...held, phase: 'Running', ready: true, readySince: this.#now() })
      }),
    )
  }

  /** A pod that never becomes ready says why, as those of its revision did. */
  #troubleLater(pod: PodFacts): void {
    const known = this.#latencies.trouble(placeOf(pod))
    if (known === null) return
    this.#agenda.plan(this.#now() + known.ms, () => {
      const held = this.#present(pod)
      if (!held || held.deletedAt !== null || isTerminal(held) || held.ready) return
      const { trouble, restarts } = known
      this.#putPod({ ...held, trouble, restarts })
    })
  }

  #delete(pod: PodFacts): void {
    const held = this.#present(pod)
    if (!held || held.deletedAt !== null) return
    if (held.nodeName === null || isTerminal(held)) {
      this.removePod(held)
      return
    }
    this.#end(this.#putPod({ ...held, deletedAt: this.#now() }))
  }

  #end(pod: PodFacts): void {
    const place = placeOf(pod)
    this.#agenda.plan(this.#now() + this.#latencies.stop(place), () =>
      this.#onceUp(place.node, () => {
        const held = this.#present(pod)
        if (held) this.removePod(held)
      }),
    )
  }

  #removeOrphaned(pod: PodFacts): void {
    const held = this.#present(pod)
    if (held && !this.nodes.has(held.nodeName ?? '')) this.removePod(held)
  }

  /** The garbage collector, behind a DaemonSet that is being deleted, or is gone. */
  #collect(uid: string): void {
    for (const pod of [...this.pods.values()]) if (pod.owner?.uid === uid) this.#delete(pod)
    for (const revision of [...this.revisions.values()]) {
      if (revision.owner?.uid === uid && !this.daemonSets.has(uid)) this.#removeRevision(revision)
    }
  }

  #putRevision(facts: RevisionFacts): RevisionFacts {
    const revision = { ...facts, resourceVersion: this.#next() }
    this.revisions.set(keyOf(revision), revision)
    this.tell({ type: 'RevisionObserved', ...this.#envelope(), revision, by: null })
    return revision
  }

  #removeRevision({ namespace, name, uid }: RevisionFacts): void {
    this.revisions.delete(`${namespace}/${name}`)
    this.tell({ type: 'RevisionGone', ...this.#envelope(), namespace, name, uid, resourceVersion: this.#next() })
  }

  #do(command: Command): void {
    const [result, object] = this.#act(command)
    const { id, type, slot } = command
    this.tell({
      type: 'CommandSettled',
      ...this.#envelope(),
      commandId: id,
      commandType: type,
      slot,
      result,
      object: object && { name: object.name, uid: object.uid, resourceVersion: object.resourceVersion },
      answer: null,
      attempts: 1,
    })
  }

  #act(command: Command): [CommandResult, Identity | null] {
    const { namespace, name, uid } = command.daemonSet
    const owner = { apiVersion: 'apps/v1', kind: 'DaemonSet', name, uid }
    switch (command.type) {
      case 'CreatePod': {
        const held = this.pods.get(`${namespace}/${command.podName}`)
        if (held) return [held.commandId === command.id ? 'alreadyDone' : 'nameTaken', held]
        const daemonSet = this.daemonSets.get(uid)
        if (!daemonSet) return ['superseded', null]
        const object = { name: command.podName, uid: `whatif-${command.podName}`, resourceVersion: '' }
        const pod = this.#putPod(createdPod(command, daemonSet.template, object, this.#now()))
        this.#bindLater(pod)
        return ['done', pod]
      }
      case 'DeletePod':
      case 'EvictPod': {
        const held = this.pods.get(`${namespace}/${command.pod.name}`)
        if (!held) return ['alreadyDone', null]
        if (held.uid !== command.pod.uid) return ['superseded', null]
        this.#delete(held)
        return ['done', held]
      }
      case 'AdoptPod':
      case 'ReleasePod':
      case 'RelabelPod': {
        const held = this.pods.get(`${namespace}/${command.pod.name}`)
        if (held?.uid !== command.pod.uid) return ['superseded', null]
        if (command.type === 'AdoptPod') return ['done', this.#putPod({ ...held, owner })]
        if (command.type === 'ReleasePod') return ['done', this.#putPod({ ...held, owner: null })]
        return ['done', this.#putPod({ ...held, labels: { ...held.labels, 'controller-revision-hash': command.hash } })]
      }
      case 'CreateRevision': {
        const held = this.revisions.get(`${namespace}/${command.name}`)
        if (held) {
          const isOurs = held.owner === null || held.owner.uid === uid
          return [isOurs && held.templateDigest === command.templateDigest ? 'alreadyDone' : 'collided', held]
        }
        const daemonSet = this.daemonSets.get(uid)
        if (daemonSet?.template.digest !== command.templateDigest) return ['superseded', null]
        const revision = this.#putRevision({
          namespace,
          name: command.name,
          uid: `whatif-${command.name}`,
          resourceVersion: '',
          createdAt: this.#now(),
          deletedAt: null,
          labels: { ...daemonSet.template.labels, 'controller-revision-hash': command.hash },
          owner,
          revision: command.revision,
          templateDigest: command.templateDigest,
          template: null,
        })
        return ['done', revision]
      }
      case 'UpdateRevision':
      case 'AdoptRevision':
      case 'ReleaseRevision':
      case 'DeleteRevision': {
        const held = this.revisions.get(`${namespace}/${command.revision.name}`)
        if (held?.uid !== command.revision.uid) return ['superseded', null]
        if (command.type === 'DeleteRevision') {
          this.#removeRevision(held)
          return ['done', held]
        }
        if (command.type !== 'UpdateRevision') {
          return ['done', this.#putRevision({ ...held, owner: command.type === 'AdoptRevision' ? owner : null })]
        }
        const labels =
          command.hash === null ? held.labels : { ...held.labels, 'controller-revision-hash': command.hash }
        return ['done', this.#putRevision({ ...held, labels, revision: command.number ?? held.revision })]
      }
      case 'WriteStatus': {
        const held = this.daemonSets.get(uid)
        if (!held) return ['superseded', null]
        const conditions = command.conditions ?? held.conditions
        const written = { ...held, status: command.status, conditions, resourceVersion: this.#next() }
        this.daemonSets.set(uid, written)
        this.tell({ type: 'DaemonSetObserved', ...this.#envelope(), daemonSet: written, by: null })
        return ['done', written]
      }
      case 'RollBack': {
        const held = this.daemonSets.get(uid)
        const target = this.revisions.get(`${namespace}/${command.revision.name}`)
        const template = this.#templates.get(target?.templateDigest ?? '')
        if (!held || !template || target?.uid !== command.revision.uid) return ['superseded', null]
        if (held.template.digest !== command.templateDigest) return ['superseded', held]
        const templateGeneration = (held.templateGeneration ?? 0) + 1
        this.putDaemonSet({ ...held, template, generation: held.generation + 1, templateGeneration })
        return ['done', held]
      }
      case 'UntaintNode': {
        const held = this.nodes.get(command.node)
        if (held?.uid !== command.nodeUid) return ['superseded', null]
        const { key, effect } = command.taint
        const taken = this.#untainted.get(held.uid) ?? new Set()
        this.#untainted.set(held.uid, taken.add(`${key}:${effect}`))
        this.putNode(held)
        return ['done', this.nodes.get(command.node) ?? held]
      }
      case 'RecordEvent':
        return ['done', null]
    }
  }
}

type Identity = { readonly name: string; readonly uid: string; readonly resourceVersion: string }

/** The pod garbage collector looks every 20 s, and waits 40 s with a node that is gone. */
const podGcMs = 60_000

const keyOf = ({ namespace, name }: { namespace: string; name: string }): string => `${namespace}/${name}`

export const isTerminal = ({ phase }: PodFacts): boolean => phase === 'Failed' || phase === 'Succeeded'

/** A node whose condition Ready is not True runs nothing; one without the condition is taken for a running one. */
const isUp = ({ conditions }: NodeFacts): boolean =>
  conditions.every(({ type, status }) => type !== 'Ready' || status === 'True')

export const placeOf = (pod: PodFacts): PodPlace => ({
  daemonSet: `${pod.namespace}/${pod.owner?.name ?? ''}`,
  node: pod.nodeName ?? pod.target ?? '',
  revision: pod.labels['controller-revision-hash'] ?? '',
})

/** The largest resourceVersion that is known: everything the model tells is newer. */
function newestVersion({ relists, nodes, pods, daemonSets, revisions }: ClusterState): bigint {
  const versions = [
    ...Object.values(relists).map(({ reached }) => reached),
    ...[...nodes.values()].map(({ resourceVersion }) => resourceVersion),
    ...[...pods.values()].map(({ facts }) => facts.resourceVersion),
    ...[...daemonSets.values()].map(({ facts }) => facts.resourceVersion),
    ...[...revisions.values()].map(({ facts }) => facts.resourceVersion),
  ]
  let newest = 0n
  for (const version of versions) {
    if (version !== null && /^\d+$/.test(version) && BigInt(version) > newest) newest = BigInt(version)
  }
  return newest
}
