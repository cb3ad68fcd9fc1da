import type {
  Command,
  CommandResult,
  DaemonSetFacts,
  DecisionPoint,
  Event,
  GuardSettings,
  NodeFacts,
  PodFacts,
  Rate,
  RevisionFacts,
  TemplateFacts,
} from '@rollcall/contracts'
import { kinds, overrideLabel, overrideValue } from '@rollcall/contracts'
import { applyDecision, type ClusterState, createState, decide, evolve, needsDecision } from '../index.ts'
import { cluster } from './objects.ts'

export type Recorded = { readonly event: Event; readonly point: DecisionPoint | null }

type Answer = { code: number; reason: string; cause: string; message: string }

/** Picks one of the events that wait; by default the oldest. */
export type Pick = (waiting: number) => number

/**
 * A cluster in memory: objects with resourceVersions, one list of changes as the watch would tell them, an executor
 * that does commands as the real one does, and a kubelet that starts pods. What it tells waits in two queues (watch and
 * outcomes), because in life they overtake each other.
 */
export class FakeCluster {
  readonly nodes = new Map<string, NodeFacts>()
  readonly pods = new Map<string, PodFacts>()
  readonly daemonSets = new Map<string, DaemonSetFacts>()
  readonly revisions = new Map<string, RevisionFacts>()
  /** Every template that a DaemonSet has had, by digest: what a revision holds. */
  private readonly templates = new Map<string, TemplateFacts>()
  readonly watch: Event[] = []
  readonly outcomes: Event[] = []
  readonly log: Recorded[] = []
  /** All that was told, what folded to nothing too. */
  readonly told: Event[] = []
  readonly commands: Command[] = []
  readonly events: string[] = []
  state: ClusterState = createState(cluster)
  now = 1_000_000
  version = 100
  /** What the API server says to a creation instead of doing it; null: it does it. */
  refuse: ((command: Command) => { result: CommandResult; code: number; reason: string; cause: string } | null) | null =
    null
  /** Pods become ready as soon as they are bound. */
  kubelet = true
  /** What is different about a pod when it starts. */
  becomes: (pod: PodFacts) => Partial<PodFacts> = () => ({})
  /** Nothing starts or ends on these nodes. */
  readonly deadNodes = new Set<string>()
  private pending: Command[] = []
  /** What the API server said to a creation of the commands being done. */
  private refused: Answer | null = null

  constructor({
    guard = null,
    creationRate = null,
  }: { readonly guard?: GuardSettings | null; readonly creationRate?: Rate | null } = {}) {
    this.observe({
      type: 'ClusterIdentified',
      cluster,
      at: this.now,
      clusterUid: 'c1',
      serverVersion: 'v1',
      mode: 'control',
      overridesAsked: false,
      guard,
      creationRate,
    })
    this.relist()
  }

  /** The watcher lists every kind anew. */
  relist(): void {
    for (const kind of kinds) {
      const relist = `list-${kind}-${this.version}`
      const objects = [...this.ofKind(kind).values()]
      this.observe({ type: 'RelistStarted', cluster, at: this.now, kind, relist, historyReset: false })
      const listed = objects.map(object => ({
        namespace: 'namespace' in object ? object.namespace : '',
        name: object.name,
        uid: object.uid,
      }))
      this.observe({ type: 'RelistListed', cluster, at: this.now, kind, relist, objects: listed })
      for (const object of objects) this.publish(kind, object)
      this.observe({
        type: 'RelistCompleted',
        cluster,
        at: this.now,
        kind,
        relist,
        resourceVersion: String(this.version),
      })
    }
  }

  putNode(node: NodeFacts): void {
    this.nodes.set(node.name, { ...node, resourceVersion: this.next() })
    this.publish('Node', this.nodes.get(node.name) as NodeFacts)
  }

  dropNode(name: string): void {
    const node = this.nodes.get(name)
    if (!node) return
    this.nodes.delete(name)
    this.observe({ type: 'NodeGone', cluster, at: this.now, name, uid: node.uid, resourceVersion: this.next() })
  }

  putDaemonSet(facts: DaemonSetFacts): void {
    const held = this.daemonSets.get(facts.uid)
    const changed =
      held &&
      JSON.stringify([held.template, held.updateStrategy]) !== JSON.stringify([facts.template, facts.updateStrategy])
    const newTemplate = held && held.template.digest !== facts.template.digest
    const daemonSet = {
      ...facts,
      resourceVersion: this.next(),
      generation: held ? held.generation + (changed ? 1 : 0) : 1,
      templateGeneration: held
        ? (held.templateGeneration ?? 0) + (newTemplate ? 1 : 0)
        : (facts.templateGeneration ?? 1),
    }
    this.daemonSets.set(facts.uid, daemonSet)
    this.templates.set(facts.template.digest, facts.template)
    this.publish('DaemonSet', daemonSet)
  }

  dropDaemonSet(uid: string): void {
    const held = this.daemonSets.get(uid)
    if (!held) return
    this.daemonSets.delete(uid)
    const { namespace, name } = held
    this.observe({ type: 'DaemonSetGone', cluster, at: this.now, namespace, name, uid, resourceVersion: this.next() })
  }

  putPod(pod: PodFacts): void {
    const put = { ...pod, resourceVersion: this.next() }
    this.pods.set(pod.name, put)
    this.publish('Pod', put)
  }

  dropPod(name: string): void {
    const pod = this.pods.get(name)
    if (!pod) return
    this.pods.delete(name)
    this.observe({
      type: 'PodGone',
      cluster,
      at: this.now,
      namespace: pod.namespace,
      name,
      uid: pod.uid,
      resourceVersion: this.next(),
    })
  }

  /** Binds pending pods, makes them ready, and ends those that are being deleted. */
  runKubelets(): void {
    for (const pod of [...this.pods.values()]) {
      const node = pod.nodeName ?? pod.target
      if (node !== null && this.deadNodes.has(node)) continue
      if (pod.deletedAt !== null) this.dropPod(pod.name)
      else if (this.kubelet && pod.phase === 'Pending' && node !== null && this.nodes.has(node)) {
        this.putPod({
          ...pod,
          nodeName: node,
          phase: 'Running',
          ready: true,
          readySince: this.now,
          ...this.becomes(pod),
        })
      }
    }
  }

  /** Does the commands that wait, as the executor does: behind a creation that is refused, the others are not attempted. */
  execute(): void {
    const commands = this.pending
    this.pending = []
    this.refused = null
    for (const command of commands) this.settle(command)
  }

  /** The executor dies with the commands it was given. */
  loseCommands(): void {
    this.pending = []
  }

  /** Folds one waiting event of the watch or of the outcomes; then decides if `deciding`. Returns false when none waits. */
  deliver(deciding = true, from: 'watch' | 'outcomes' | 'any' = 'any'): boolean {
    const queue = from === 'outcomes' || (from === 'any' && this.watch.length === 0) ? this.outcomes : this.watch
    const event = queue.shift()
    if (!event) return false
    this.fold(event, deciding)
    return true
  }

  fold(event: Event, deciding = true): void {
    this.told.push(event)
    if (evolve(this.state, event) === null) return
    let point: DecisionPoint | null = null
    if (deciding) point = this.decideNow()
    this.log.push({ event, point })
  }

  /** One decision, recorded with the last event. */
  decideNow(): DecisionPoint | null {
    if (!needsDecision(this.state)) return null
    const point = decide(this.state)
    applyDecision(this.state, point)
    this.pending.push(...point.commands)
    this.commands.push(...point.commands)
    return point
  }

  /** Everything that can happen without time passing happens. Returns what was commanded meanwhile. */
  run(rounds = 200): Command[] {
    const from = this.commands.length
    for (let round = 0; round < rounds; round++) {
      while (this.deliver());
      const before = this.watch.length
      this.execute()
      this.runKubelets()
      if (this.watch.length === before && this.outcomes.length === 0 && this.pending.length === 0)
        return this.commands.slice(from)
    }
    throw new Error(`does not settle within ${rounds} rounds`)
  }

  /** What another process folds from the record of this one. */
  foldAgain(): ClusterState {
    const state = createState(cluster)
    for (const { event, point } of this.log) {
      evolve(state, event)
      if (point) applyDecision(state, JSON.parse(JSON.stringify(point)) as DecisionPoint)
    }
    return state
  }

  /** Time passes; a tick tells the core. */
  pass(ms: number): void {
    this.now += ms
    this.watch.push({ type: 'Ticked', cluster, at: this.now, due: this.now })
  }

  private next(): string {
    this.version += 1
    return String(this.version)
  }

  private ofKind(
    kind: (typeof kinds)[number],
  ): ReadonlyMap<string, NodeFacts | PodFacts | DaemonSetFacts | RevisionFacts> {
    return { Node: this.nodes, Pod: this.pods, DaemonSet: this.daemonSets, ControllerRevision: this.revisions }[kind]
  }

  private publish(kind: (typeof kinds)[number], object: NodeFacts | PodFacts | DaemonSetFacts | RevisionFacts): void {
    const common = { cluster, at: this.now, by: null }
    if (kind === 'Node') this.observe({ type: 'NodeObserved', ...common, node: object as NodeFacts })
    else if (kind === 'Pod') this.observe({ type: 'PodObserved', ...common, pod: object as PodFacts })
    else if (kind === 'DaemonSet')
      this.observe({ type: 'DaemonSetObserved', ...common, daemonSet: object as DaemonSetFacts })
    else this.observe({ type: 'RevisionObserved', ...common, revision: object as RevisionFacts })
  }

  private observe(event: Event): void {
    this.watch.push(event)
  }

  private settle(command: Command): void {
    if (command.type === 'RecordEvent') {
      this.events.push(`${command.eventType} ${command.reason}`)
      return
    }
    if (command.type === 'CreatePod' && this.refused) {
      this.answer(command, 'notAttempted', null, this.refused)
      return
    }
    const refused = this.refuse?.(command)
    if (refused) {
      const { result, ...words } = refused
      const answer = { ...words, message: 'no' }
      if (command.type === 'CreatePod' && result === 'refused') this.refused = answer
      this.answer(command, result, null, answer)
      return
    }
    const [result, object] = this.act(command)
    this.answer(command, result, object, null)
  }

  private answer(
    command: Command,
    result: CommandResult,
    object: { name: string; uid: string; resourceVersion: string } | null,
    answer: Answer | null,
  ): void {
    const { id, type, slot } = command
    this.outcomes.push({
      type: 'CommandSettled',
      cluster,
      at: this.now,
      commandId: id,
      commandType: type,
      slot,
      result,
      object,
      answer,
      attempts: 1,
    })
  }

  private act(command: Command): [CommandResult, { name: string; uid: string; resourceVersion: string } | null] {
    switch (command.type) {
      case 'CreatePod': {
        const held = this.pods.get(command.podName)
        if (held) return [held.commandId === command.id ? 'alreadyDone' : 'nameTaken', held]
        const owner = this.daemonSets.get(command.daemonSet.uid)
        if (!owner) return ['superseded', null]
        const labels: Record<string, string> = {
          ...owner.template.labels,
          'controller-revision-hash': command.revision.hash,
        }
        if (command.asked?.override) labels[overrideLabel] = overrideValue(command.asked.override)
        if (command.templateGeneration !== null) labels['pod-template-generation'] = String(command.templateGeneration)
        this.putPod({
          namespace: command.daemonSet.namespace,
          name: command.podName,
          uid: `uid-${command.podName}`,
          resourceVersion: '0',
          createdAt: this.now,
          deletedAt: null,
          labels,
          owner: { apiVersion: 'apps/v1', kind: 'DaemonSet', name: command.daemonSet.name, uid: command.daemonSet.uid },
          commandId: command.id,
          nodeName: null,
          target: command.node,
          phase: 'Pending',
          ready: false,
          readySince: null,
          reason: null,
          restarts: 0,
          trouble: null,
        })
        return ['done', this.pods.get(command.podName) as PodFacts]
      }
      case 'DeletePod':
      case 'EvictPod': {
        const held = this.pods.get(command.pod.name)
        if (!held) return ['alreadyDone', null]
        if (held.uid !== command.pod.uid) return ['superseded', null]
        if (held.deletedAt === null) this.putPod({ ...held, deletedAt: this.now })
        return ['done', this.pods.get(command.pod.name) ?? held]
      }
      case 'AdoptPod':
      case 'ReleasePod':
      case 'RelabelPod': {
        const held = this.pods.get(command.pod.name)
        if (held?.uid !== command.pod.uid) return ['superseded', null]
        const { name, uid } = command.daemonSet
        if (command.type === 'AdoptPod')
          this.putPod({ ...held, owner: { apiVersion: 'apps/v1', kind: 'DaemonSet', name, uid } })
        else if (command.type === 'ReleasePod') this.putPod({ ...held, owner: null })
        else this.putPod({ ...held, labels: { ...held.labels, 'controller-revision-hash': command.hash } })
        return ['done', this.pods.get(command.pod.name) as PodFacts]
      }
      case 'CreateRevision': {
        const held = this.revisions.get(command.name)
        if (held) {
          const isOurs = held.owner === null || held.owner.uid === command.daemonSet.uid
          return [isOurs && held.templateDigest === command.templateDigest ? 'alreadyDone' : 'collided', held]
        }
        const owner = this.daemonSets.get(command.daemonSet.uid)
        if (owner?.template.digest !== command.templateDigest) return ['superseded', null]
        const { namespace, name, uid } = command.daemonSet
        this.putRevision({
          namespace,
          name: command.name,
          uid: `uid-${command.name}`,
          resourceVersion: '0',
          createdAt: this.now,
          deletedAt: null,
          labels: { ...owner.template.labels, 'controller-revision-hash': command.hash },
          owner: { apiVersion: 'apps/v1', kind: 'DaemonSet', name, uid },
          revision: command.revision,
          templateDigest: command.templateDigest,
          template: null,
        })
        return ['done', this.revisions.get(command.name) as RevisionFacts]
      }
      case 'UpdateRevision':
      case 'AdoptRevision':
      case 'ReleaseRevision':
      case 'DeleteRevision': {
        const held = this.revisions.get(command.revision.name)
        if (held?.uid !== command.revision.uid) return ['superseded', null]
        const { name, uid } = command.daemonSet
        if (command.type === 'DeleteRevision') {
          this.dropRevision(held.name)
        } else if (command.type === 'UpdateRevision') {
          const labels =
            command.hash === null ? held.labels : { ...held.labels, 'controller-revision-hash': command.hash }
          this.putRevision({ ...held, labels, revision: command.number ?? held.revision })
        } else {
          const owner =
            command.type === 'AdoptRevision' ? { apiVersion: 'apps/v1', kind: 'DaemonSet', name, uid } : null
          this.putRevision({ ...held, owner })
        }
        return ['done', this.revisions.get(held.name) ?? held]
      }
      case 'WriteStatus': {
        const held = this.daemonSets.get(command.daemonSet.uid)
        if (!held) return ['superseded', null]
        this.putDaemonSet({ ...held, status: command.status, conditions: command.conditions ?? held.conditions })
        return ['done', this.daemonSets.get(command.daemonSet.uid) as DaemonSetFacts]
      }
      case 'UntaintNode': {
        const held = this.nodes.get(command.node)
        if (held?.uid !== command.nodeUid) return ['superseded', null]
        const taints = held.taints.filter(
          ({ key, effect }) => key !== command.taint.key || effect !== command.taint.effect,
        )
        if (taints.length === held.taints.length) return ['alreadyDone', held]
        this.putNode({ ...held, taints })
        return ['done', this.nodes.get(command.node) ?? held]
      }
      case 'RollBack': {
        const held = this.daemonSets.get(command.daemonSet.uid)
        const target = this.revisions.get(command.revision.name)
        const template = this.templates.get(target?.templateDigest ?? '')
        if (!held || !template || target?.uid !== command.revision.uid) return ['superseded', null]
        if (held.template.digest !== command.templateDigest) return ['superseded', held]
        this.putDaemonSet({ ...held, template })
        return ['done', this.daemonSets.get(command.daemonSet.uid) as DaemonSetFacts]
      }
      case 'RecordEvent':
        return ['done', null]
    }
  }

  dropRevision(name: string): void {
    const held = this.revisions.get(name)
    if (!held) return
    this.revisions.delete(name)
    const { namespace, uid } = held
    const { now: at, state } = this
    this.observe({
      type: 'RevisionGone',
      cluster: state.cluster,
      at,
      namespace,
      name,
      uid,
      resourceVersion: this.next(),
    })
  }

  putRevision(facts: RevisionFacts): void {
    const put = { ...facts, resourceVersion: this.next() }
    this.revisions.set(facts.name, put)
    this.publish('ControllerRevision', put)
  }
}
