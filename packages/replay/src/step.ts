import type { DecisionPoint, Event, Json } from '@rollcall/contracts'
import type { ClusterState } from '@rollcall/daemonset'
import { type Core, presentCore } from './core.ts'
import { ReplayError } from './errors.ts'
import { beginNear, foldEntry, type OnProgress, report } from './fold.ts'
import { groupsOf, type PositionGroup } from './groups.ts'
import type { LedgerSource } from './source.ts'
import { type View, viewOf } from './view.ts'
import { type ViewChange, viewChanges } from './view-changes.ts'

/** What one position of a stream did. */
export type Step = {
  readonly position: number
  readonly event: Event
  /** What was decided behind it, as recorded; usually one point or none. */
  readonly points: readonly DecisionPoint[]
  /** What event and decisions together changed. */
  readonly changes: readonly ViewChange[]
}

/** At least so many positions are held behind where a walk begins, and a snapshot every so many of them. */
const heldBehind = 1_000
const checkpointEvery = 250

/** Walks a record forward and backward, one position at a time. */
export class Walk {
  readonly #source: LedgerSource
  readonly #core: Core
  #state: ClusterState
  #ahead: AsyncIterator<PositionGroup>
  /** Positions that are held, and how many of them are folded into the state. */
  #held: PositionGroup[] = []
  #folded = 0
  /** Snapshots as text, because the state changes in place. The first is where the held positions begin. */
  #checkpoints: { readonly folded: number; readonly text: string }[] = []

  private constructor(source: LedgerSource, core: Core, state: ClusterState, ahead: AsyncIterator<PositionGroup>) {
    this.#source = source
    this.#core = core
    this.#state = state
    this.#ahead = ahead
  }

  /** A walk that stands at a position. @throws ReplayError when it is not on record */
  static async open(
    source: LedgerSource,
    position: number,
    { core = presentCore, onProgress }: { readonly core?: Core; readonly onProgress?: OnProgress } = {},
  ): Promise<Walk> {
    const holdFrom = Math.max(0, position - heldBehind)
    const { state, entries } = await beginNear(source, { position: holdFrom }, core)
    if (state.position > position) {
      throw new ReplayError('before-record', `${source.name} begins at position ${state.position}, behind ${position}`)
    }
    const walk = new Walk(
      source,
      core,
      state,
      groupsOf(entries, point => foldEntry(core, state, point)),
    )
    while (walk.position < holdFrom && (await walk.#read(onProgress)));
    walk.#hold()
    while (walk.position < position && (await walk.#advance()));
    if (walk.position < position) {
      const ends = `${source.name} ends at position ${walk.position}`
      throw new ReplayError('beyond-record', `position ${position} lies behind the record: ${ends}`)
    }
    return walk
  }

  get position(): number {
    return this.#state.position
  }

  view(): View {
    return viewOf(this.#state)
  }

  fingerprint(): string {
    return this.#core.fingerprint(this.#state)
  }

  /** Goes to the next position, and tells what it did; null: the record ends here. */
  async forward(): Promise<Step | null> {
    const before = this.view()
    const group = await this.#advance()
    return group && stepOf(group, viewChanges(before, this.view()))
  }

  /** Takes the present position back, and tells what it had done; null: the record begins here. */
  async backward(): Promise<Step | null> {
    if (this.#folded === 0) await this.#holdEarlier()
    const group = this.#held[this.#folded - 1]
    if (!group) return null
    const after = this.view()
    this.#rewind(this.#folded - 1)
    return stepOf(group, viewChanges(this.view(), after))
  }

  async close(): Promise<void> {
    await this.#ahead.return?.()
  }

  /** Reads and folds the next position; null: the record ends. */
  async #read(onProgress?: OnProgress): Promise<PositionGroup | null> {
    const next = await this.#ahead.next()
    if (next.done) return null
    this.#fold(next.value)
    report(onProgress, this.#source, next.value.event)
    return next.value
  }

  async #advance(): Promise<PositionGroup | null> {
    const known = this.#held[this.#folded]
    if (known) this.#fold(known)
    const group = known ?? (await this.#read())
    if (!group) return null
    if (!known) this.#held.push(group)
    this.#folded++
    if (this.#folded - (this.#checkpoints.at(-1)?.folded ?? 0) >= checkpointEvery) this.#checkpoint()
    return group
  }

  #hold(): void {
    this.#held = []
    this.#folded = 0
    this.#checkpoints = []
    this.#checkpoint()
  }

  #checkpoint(): void {
    this.#checkpoints.push({ folded: this.#folded, text: JSON.stringify(this.#core.snapshotOf(this.#state)) })
  }

  /** The positions before those that are held are read anew. */
  async #holdEarlier(): Promise<void> {
    const { position } = this
    const history = await this.#source.before({ position: Math.max(0, position - heldBehind) })
    if ((history.snapshot?.position ?? 0) >= position) return
    const earlier = await Walk.open(this.#source, position, { core: this.#core })
    await this.close()
    this.#state = earlier.#state
    this.#ahead = earlier.#ahead
    this.#held = earlier.#held
    this.#folded = earlier.#folded
    this.#checkpoints = earlier.#checkpoints
  }

  #rewind(folded: number): void {
    while (this.#checkpoints.length > 1 && (this.#checkpoints.at(-1)?.folded ?? 0) > folded) this.#checkpoints.pop()
    const checkpoint = this.#checkpoints.at(-1)
    if (!checkpoint) throw new Error(`a walk through ${this.#source.name} has lost its beginning`)
    this.#state = this.#core.restore(JSON.parse(checkpoint.text) as Json)
    for (const group of this.#held.slice(checkpoint.folded, folded)) this.#fold(group)
    this.#folded = folded
  }

  #fold({ event, points }: PositionGroup): void {
    foldEntry(this.#core, this.#state, event)
    for (const point of points) foldEntry(this.#core, this.#state, point)
  }
}

function stepOf({ event, points }: PositionGroup, changes: readonly ViewChange[]): Step {
  return { position: event.position, event: event.event, points: points.map(({ point }) => point), changes }
}
