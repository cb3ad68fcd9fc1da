import { at, isObject, isTerminating, type JsonObject, type Kind, type Manifest, nodeOf } from '../manifest.ts'
import { type Aged, dated, revisionOf } from '../objects.ts'
import { type Need, type Ref, type Refusal, refOf, type View, type World } from '../world.ts'
import type { Cluster, Stored } from './cluster.ts'
import { complete } from './complete.ts'
import type { Controller, Time } from './controller.ts'

const settleMsMax = 120_000
/** How often kubelets look at their pods while time passes. */
const passStepMs = 100

/**
 * A cluster with an API server: objects are checked and defaulted there, and a controller of its own works on them. The
 * story plays users, kubelets and node controllers. What it does between two looks is told to the controller as one moment.
 */
export class ApiWorld implements World {
  readonly offers: ReadonlySet<Need>
  readonly #cluster: Cluster
  readonly #controller: Controller
  readonly #time: Time
  readonly #silent = new Set<string>()
  #see: ((view: View) => void) | null = null
  #given: Aged[] = []
  #isStarted = false
  #activity = ''
  /** Story time: what `pass` has let pass. The time it takes to settle is not part of it. */
  #clock: number

  constructor(cluster: Cluster, controller: Controller, time: Time, offers: ReadonlySet<Need>) {
    this.#cluster = cluster
    this.#controller = controller
    this.#time = time
    this.#clock = time.now()
    this.offers = offers
  }

  async put(objects: readonly Aged[]): Promise<void> {
    this.#given.push(...objects)
    if (this.#isStarted) await this.#bring()
  }

  /** What is given in the beginning comes when all has been said of what happens to it. */
  async #bring(): Promise<void> {
    // Nodes come last: nothing is made on them before their pods are there.
    const given = this.#given.splice(0).sort((a, b) => Number(a.kind === 'Node') - Number(b.kind === 'Node'))
    for (const object of given) await this.#put(object)
    const kinds = given.map(({ kind }) => kind)
    if (kinds.includes('Pod') && kinds.includes('Node')) await this.#controller.wake()
  }

  async #put({ ageSeconds, ...object }: Aged): Promise<void> {
    const { namespace } = object.metadata
    if (namespace !== undefined) await this.#cluster.namespace(namespace)
    const named = { ...object, metadata: { ...object.metadata, name: await this.#nameOf(object.metadata.name) } }
    const whole = this.#dated(await complete(named, this.#cluster))
    const held = await this.#cluster.get(refOf(whole))
    if (held) await this.#cluster.update(updated(held, whole))
    else await this.#cluster.create(whole, ageSeconds === undefined ? {} : { ageSeconds })
    const { status } = whole
    // A new node is tainted until its conditions are known: nobody but the story taints here.
    if (!held && whole.kind === 'Node') await this.#cluster.patch(refOf(whole), { spec: { taints: taintsOf(whole) } })
    if (status !== undefined) await this.#cluster.patch(refOf(whole), { status }, 'status')
    if (isTerminating(object)) await this.#cluster.remove(refOf(whole))
  }

  async patch(ref: Ref, patch: JsonObject): Promise<void> {
    await this.#bring()
    const known = await this.#known(ref)
    const { status, ...rest } = this.#dated(patch)
    const metadata = at(rest, 'metadata')
    if (isObject(metadata) && metadata.deletionTimestamp !== undefined) await this.#cluster.remove(known)
    else if (Object.keys(rest).length > 0) await this.#cluster.patch(known, rest)
    if (status !== undefined) await this.#cluster.patch(known, { status }, 'status')
  }

  async remove(ref: Ref, policy: 'Background' | 'Foreground' | 'Orphan' = 'Background'): Promise<void> {
    await this.#bring()
    await this.#cluster.remove(await this.#known(ref), ref.kind === 'DaemonSet' ? { policy } : {})
  }

  async end(ref: Ref): Promise<void> {
    await this.#cluster.patch(ref, { metadata: { finalizers: null } })
    if (await this.#cluster.get(ref)) await this.#cluster.remove(ref, { graceSeconds: 0 })
  }

  async silence(node: string): Promise<void> {
    this.#silent.add(node)
  }

  async refuse(refusal: Refusal): Promise<void> {
    this.#controller.refuse(refusal)
  }

  async allow(): Promise<void> {
    this.#controller.allow()
  }

  async late(kind: Kind): Promise<void> {
    this.#controller.late(kind)
  }

  async catchUp(): Promise<void> {
    this.#controller.catchUp()
  }

  async takeOver(): Promise<void> {
    await this.settle()
    await this.#controller.replace()
  }

  async pass(seconds: number): Promise<void> {
    await this.settle()
    this.#clock = (this.#time.isVirtual ? this.#clock : this.#time.now()) + Math.round(seconds * 1000)
    while (this.#time.now() < this.#clock) {
      await this.#time.pass(Math.min(passStepMs, this.#clock - this.#time.now()))
      await this.#tend()
    }
    await this.settle()
  }

  get patienceMs(): number {
    return this.#time.patienceMs
  }

  async settle(): Promise<void> {
    await this.#bring()
    if (this.#isStarted) {
      await this.#time.pass(this.#time.watchMs)
      await this.#controller.tell()
    } else await this.#controller.start()
    this.#isStarted = true
    await this.#becomeQuiet()
    this.#controller.hold()
  }

  async #becomeQuiet(): Promise<void> {
    const deadline = this.#time.now() + settleMsMax
    let quietSince = this.#time.now()
    while (this.#time.now() < deadline) {
      await this.#time.pass(this.#time.stepMs)
      const hasTended = await this.#tend()
      const activity = this.#controller.activity()
      const now = this.#time.now()
      if (hasTended || activity !== this.#activity || this.#controller.isBusy()) quietSince = now
      this.#activity = activity
      if (now - quietSince < this.#time.quietMs) continue
      const due = this.#controller.statusDue()
      if (due === null) {
        await this.#controller.caughtUp()
        if (this.#controller.activity() === activity && !this.#controller.isBusy()) return
        quietSince = this.#time.now()
        continue
      }
      await this.#time.pass(Math.max(1, due - now))
      quietSince = this.#time.now()
    }
    throw new Error(`it does not settle within ${settleMsMax / 1000} s`)
  }

  async view(): Promise<View> {
    await this.#bring()
    const [nodes, pods, daemonSets, revisions] = await Promise.all([
      this.#cluster.list('Node'),
      this.#cluster.list('Pod'),
      this.#cluster.list('DaemonSet'),
      this.#cluster.list('ControllerRevision'),
    ])
    return { nodes, pods, daemonSets, revisions, ...this.#controller.seen() }
  }

  witness(see: (view: View) => void): void {
    this.#see = see
  }

  async close(): Promise<void> {
    await this.#controller.stop()
  }

  /** Kubelets end what is deleted, but for those that are silent. @returns whether something was to be done */
  async #tend(): Promise<boolean> {
    this.#see?.(await this.view())
    const daemonSets = await this.#cluster.list('DaemonSet')
    if (daemonSets.some(isOrphaning)) return true
    const pods = await this.#cluster.list('Pod')
    if (pods.some(isToBeBound)) return true
    const ending = pods.filter(pod => this.#isToEnd(pod))
    for (const pod of ending) await this.#cluster.remove(refOf(pod), { graceSeconds: 0 })
    return ending.length > 0
  }

  #isToEnd(pod: Stored): boolean {
    if (!isTerminating(pod) || (pod.metadata.finalizers ?? []).length > 0) return false
    return !this.#silent.has(nodeOf(pod) ?? '')
  }

  async #known(ref: Ref): Promise<Ref> {
    return { ...ref, name: await this.#nameOf(ref.name) }
  }

  /** The name of a template's revision is the controller's to give. */
  async #nameOf(name: string): Promise<string> {
    const wanted = revisionOf.read(name)
    if (wanted === null) return name
    return await this.#cluster.revisionName(wanted.image, wanted.collisions)
  }

  #dated<T extends JsonObject | Manifest>(value: T): T {
    return dated(value as JsonObject, this.#time.now()) as T
  }
}

/** The scheduler has not looked at it yet. */
function isToBeBound(pod: Stored): boolean {
  const { nodeName, schedulerName } = pod.spec ?? {}
  if (nodeName !== undefined || schedulerName !== 'default-scheduler' || isTerminating(pod)) return false
  const conditions = at(pod.status, 'conditions')
  return !Array.isArray(conditions) || !conditions.some(condition => at(condition, 'type') === 'PodScheduled')
}

/** The garbage collector has not let go of its pods yet. */
const isOrphaning = (object: Stored): boolean =>
  isTerminating(object) && (object.metadata.finalizers ?? []).includes('orphan')

const taintsOf = ({ spec = {} }: Manifest) => spec.taints ?? []

/** What stands there takes the place of what stood there; a pod's spec is for ever. */
function updated(held: Stored, next: Manifest): Manifest {
  const { uid, resourceVersion: _, annotations, ...rest } = held.metadata
  const metadata = { ...rest, ...next.metadata, uid, annotations: { ...annotations, ...next.metadata.annotations } }
  return { ...held, ...next, metadata, ...(next.kind === 'Pod' ? { spec: held.spec ?? {} } : {}) }
}
