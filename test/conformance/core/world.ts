import type { Command, CommandResult, Event } from '@rollcall/contracts'
import {
  applyDecision,
  type ClusterState,
  createState,
  decide,
  evolve,
  needsDecision,
  wakeAt,
} from '@rollcall/daemonset'
import type { Defect } from '../defects.ts'
import type { JsonObject, Kind } from '../manifest.ts'
import type { Aged } from '../objects.ts'
import type { Need, Ref, Refusal, View, World } from '../world.ts'
import { ApiServer, cluster, type Stored } from './api-server.ts'
import { apply } from './commands.ts'
import { lingers, tend } from './others.ts'

const roundsMax = 500

export type Order = 'watch first' | 'outcomes first'

/**
 * The pure core over objects in memory: a log of one stream, decisions on all that has arrived, commands done at once. A
 * scheduler binds what is aimed at a node that exists; kubelets end what is deleted and start nothing by themselves.
 */
export class CoreWorld implements World {
  readonly offers: ReadonlySet<Need> = new Set<Need>([
    'exact time',
    'quick looks',
    'one moment',
    'status writes',
    'long time',
    'ages',
    'owners that never were',
    'refusals',
    'a late watch',
    'rollcall',
    'takeover',
  ])
  readonly patienceMs = 0
  readonly #order: Order
  readonly #defect: Defect
  readonly #server = new ApiServer()
  #state: ClusterState = createState(cluster)
  readonly #outcomes: Event[] = []
  readonly #silent = new Set<string>()
  readonly #late = new Set<Kind>()
  readonly #events: string[] = []
  #refusals: (Refusal & { seen: number })[] = []
  #commands: Command[] = []
  #see: ((view: View) => void) | null = null
  #listed = false
  #creations = 0
  #deletions = 0
  #statusWrites = 0
  /** Story time: what `pass` has let pass. The little time that status writes wait for is not part of it. */
  #clock = this.#server.now

  /** Watch and outcomes overtake each other in life. */
  constructor(order: Order = 'watch first', defect: Defect = {}) {
    this.#order = order
    this.#defect = defect
  }

  async put(objects: readonly Aged[]): Promise<void> {
    for (const object of objects) this.#server.put(object)
  }

  async patch(ref: Ref, patch: JsonObject): Promise<void> {
    this.#server.patch(ref, patch)
  }

  async remove(ref: Ref, policy: 'Background' | 'Foreground' | 'Orphan' = 'Background'): Promise<void> {
    const held = this.#server.get(ref)
    if (!held) throw new Error(`there is no ${ref.kind} ${ref.name} to remove`)
    if (ref.kind !== 'DaemonSet' || policy === 'Background') {
      this.#server.remove(ref, ref.kind === 'Pod' && lingers(held))
      return
    }
    const finalizers = [policy === 'Orphan' ? 'orphan' : 'foregroundDeletion']
    this.#server.patch(ref, { metadata: { finalizers } })
    this.#server.remove(ref, true)
  }

  async end(ref: Ref): Promise<void> {
    this.#server.drop(ref)
  }

  async silence(node: string): Promise<void> {
    this.#silent.add(node)
  }

  async refuse(refusal: Refusal): Promise<void> {
    this.#refusals.push({ ...refusal, seen: 0 })
  }

  async allow(): Promise<void> {
    this.#refusals = []
  }

  async late(kind: Kind): Promise<void> {
    this.#late.add(kind)
  }

  async catchUp(): Promise<void> {
    this.#late.clear()
  }

  async takeOver(): Promise<void> {
    await this.settle()
    this.#state = createState(cluster)
    this.#listed = false
  }

  async pass(seconds: number): Promise<void> {
    await this.settle()
    this.#clock += Math.round(seconds * 1000)
    const target = Math.max(this.#clock, this.#server.now)
    for (;;) {
      const due = wakeAt(this.#state)
      if (due === null || due > target) break
      this.#tick(Math.max(due, this.#server.now))
      await this.settle()
    }
    this.#tick(target)
    await this.settle()
  }

  async settle(): Promise<void> {
    if (!this.#listed) this.#server.list()
    this.#listed = true
    for (let round = 0; round < roundsMax; round++) {
      this.#fold()
      const commands = this.#commands.splice(0)
      for (const command of commands) this.#do(command)
      tend(this.#server, node => this.#silent.has(node))
      this.#see?.(await this.view())
      if (commands.length > 0 || this.#outcomes.length > 0) continue
      if (this.#server.told.some(event => !this.#isLate(event))) continue
      // A status that waits for its turn (it is written every 200 ms at most) is written.
      const due = wakeAt(this.#state)
      const status = [...this.#state.daemonSets.values()].some(({ statusNotBefore }) => statusNotBefore === due)
      if (due === null || !status || due <= this.#server.now) return
      this.#tick(due)
    }
    throw new Error(`it does not settle within ${roundsMax} rounds`)
  }

  async view(): Promise<View> {
    return {
      nodes: this.#server.all('Node'),
      pods: this.#server.all('Pod'),
      daemonSets: this.#server.all('DaemonSet'),
      revisions: this.#server.all('ControllerRevision'),
      events: [...this.#events],
      creations: this.#creations,
      deletions: this.#deletions,
      statusWrites: this.#statusWrites,
      requests: [],
    }
  }

  witness(see: (view: View) => void): void {
    this.#see = see
  }

  async close(): Promise<void> {
    // It has started nothing.
  }

  /** Everything that has arrived is folded, then decided on once. */
  #fold(): void {
    const watched = this.#server.told.filter(event => !this.#isLate(event))
    this.#server.told = this.#server.told.filter(event => this.#isLate(event))
    const outcomes = this.#outcomes.splice(0)
    const arrived = this.#order === 'watch first' ? [...watched, ...outcomes] : [...outcomes, ...watched]
    const { sees = event => event, issues = command => command } = this.#defect
    for (const event of arrived) evolve(this.#state, sees(event))
    if (!needsDecision(this.#state)) return
    const decided = decide(this.#state)
    const point = { ...decided, commands: decided.commands.filter(command => issues(command) !== null) }
    applyDecision(this.#state, point)
    this.#commands.push(...point.commands.flatMap(command => issues(command) ?? []))
  }

  #isLate(event: Event): boolean {
    const kind = kindOf(event)
    return kind !== null && this.#late.has(kind)
  }

  #do(command: Command): void {
    if (command.type === 'RecordEvent') {
      this.#events.push(`${command.eventType} ${command.reason}`)
      return
    }
    if (command.type === 'CreatePod') this.#creations += 1
    if (command.type === 'DeletePod') this.#deletions += 1
    if (command.type === 'WriteStatus') this.#statusWrites += 1
    const refusal = this.#refusals.find(({ what }) => what === requestOf(command))
    if (refusal) {
      refusal.seen += 1
      const { after = 0, times = Number.POSITIVE_INFINITY, code = 403, reason = 'Forbidden', cause = '' } = refusal
      if (refusal.seen > after && refusal.seen <= after + times) {
        this.#answer(command, 'refused', null, { code, reason, cause, message: 'refused by the scenario' })
        return
      }
    }
    const [result, object] = apply(this.#server, command, lingers)
    this.#answer(command, result, object, null)
  }

  #answer(
    command: Command,
    result: CommandResult,
    object: Stored | null,
    answer: { code: number; reason: string; cause: string; message: string } | null,
  ): void {
    this.#outcomes.push({
      type: 'CommandSettled',
      cluster,
      at: this.#server.now,
      commandId: command.id,
      commandType: command.type,
      slot: command.slot,
      result,
      object: object && {
        name: object.metadata.name,
        uid: object.metadata.uid,
        resourceVersion: object.metadata.resourceVersion,
      },
      answer,
      attempts: 1,
    })
  }

  #tick(now: number): void {
    this.#server.now = now
    this.#server.told.push({ type: 'Ticked', cluster, at: now, due: now })
  }
}

function requestOf(command: Command): Refusal['what'] | null {
  switch (command.type) {
    case 'CreatePod':
      return 'create Pod'
    case 'DeletePod':
      return 'delete Pod'
    case 'AdoptPod':
      return 'adopt Pod'
    case 'WriteStatus':
      return 'write status'
    case 'CreateRevision':
      return 'create ControllerRevision'
    default:
      return null
  }
}

/** Of what kind of object an event tells. */
function kindOf({ type }: Event): Kind | null {
  if (/^Pod(Observed|Gone)$/.test(type)) return 'Pod'
  if (/^Node(Observed|Gone)$/.test(type)) return 'Node'
  if (/^DaemonSet(Observed|Gone)$/.test(type)) return 'DaemonSet'
  return /^Revision(Observed|Gone)$/.test(type) ? 'ControllerRevision' : null
}
