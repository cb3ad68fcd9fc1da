import { canonicalJson, type Reason } from '@rollcall/contracts'
import { isHealthy } from '../node-health.ts'
import { groupOfRank } from '../rollout-figures.ts'
import type { Rollout } from '../rollout-state.ts'
import type { DaemonSet } from '../state.ts'
import { scaled } from './budget.ts'
import { type Deciding, reason, recordAnew, wakeMark } from './deciding.ts'

/** How many names are told; the others are counted. */
const namesMax = 3

export function firstFew(names: Iterable<string>): string[] {
  const few: string[] = []
  for (const name of names) {
    if (few.length === namesMax) break
    few.push(name)
  }
  return few
}

/**
 * What annotations let a rollout do at one decision point, beyond its budget: whether it goes on, for which nodes, and how many. Its
 * memory is the `rollout` of the DaemonSet, changed by marks.
 */
export class RolloutGate {
  readonly #deciding: Deciding
  readonly #daemonSet: DaemonSet
  readonly #next: Rollout
  readonly #reached = { healthy: [] as string[], unhealthy: [] as string[] }
  #left = Number.POSITIVE_INFINITY
  #held: Reason | null = null

  /** `rollout`: what it knows of itself, as this decision point has changed it so far. */
  constructor(deciding: Deciding, daemonSet: DaemonSet, rollout: Rollout) {
    this.#deciding = deciding
    this.#daemonSet = daemonSet
    this.#next = { ...rollout }
    if (daemonSet.policy.asksAnything) this.#held = this.#whyHeld()
  }

  /** How many more nodes may be replaced now. */
  get left(): number {
    return this.#held === null ? this.#left : 0
  }

  /** Why it stands still; null: it does not, or there is nothing to replace. */
  get held(): Reason | null {
    return this.#held
  }

  /** Those of the candidates whose turn it is; they are in the order of the rollout. */
  *inTurn(ranks: Iterable<string>): Iterable<string> {
    for (const rank of ranks) {
      if (!this.#isInTurn(rank)) return
      yield rank
    }
  }

  /** Whether the candidate may be replaced now. */
  admits(rank: string): boolean {
    return this.left > 0 && this.#isInTurn(rank)
  }

  #isInTurn(rank: string): boolean {
    const { group } = this.#next.batch
    return this.#daemonSet.policy.rolloutOrder === null || group === null || groupOfRank(rank) <= group
  }

  /** The pod of this node is replaced. */
  reach(node: string): void {
    if (!this.#daemonSet.policy.asksAnything) return
    this.#left -= 1
    this.#next.replacedAt = this.#deciding.state.now
    this.#next.batch = { ...this.#next.batch, replaced: this.#next.batch.replaced + 1 }
    this.#reached[isHealthy(this.#deciding.state.nodes.get(node)) ? 'healthy' : 'unhealthy'].push(node)
  }

  /** Records what holds the rollout, once, and keeps its memory. Returns that. */
  close(): Rollout {
    const { facts, rollout, policy } = this.#daemonSet
    if (!policy.asksAnything && rollout.held === '') return rollout
    const { marks } = this.#deciding
    this.#next.held = this.#held?.rule ?? ''
    if (rollout.held !== this.#next.held) this.#say()
    const { healthy, unhealthy } = this.#reached
    if (healthy.length + unhealthy.length > 0) {
      marks.push({ kind: 'rolloutReached', daemonSet: facts.uid, healthy, unhealthy })
    }
    if (canonicalJson(this.#next) !== canonicalJson(rollout)) {
      marks.push({ kind: 'rollout', daemonSet: facts.uid, rollout: { ...this.#next } })
    }
    return this.#next
  }

  /** What holds it from here on, or that nothing does any more: the newest of these on record is what stands. */
  #say(): void {
    const { current } = this.#daemonSet
    const goesOn = reason('rollout-goes-on', 'docs/annotations.md', { revision: current?.name ?? null })
    const action = this.#held === null ? 'other' : 'wait'
    recordAnew(this.#deciding, this.#daemonSet, null, { verdict: null, action, reason: this.#held ?? goesOn })
  }

  #whyHeld(): Reason | null {
    const { oldAvailable, oldUnavailable, totals, policy, current } = this.#daemonSet
    const candidates = oldAvailable.size + oldUnavailable.size
    const revision = { revision: current?.name ?? null, hash: current?.hash ?? null }
    const facts = { waiting: candidates + totals.outside, ...revision }
    if (candidates === 0) {
      if (totals.outside === 0) return null
      if (totals.outside > totals.stopped) return reason('rollout-canary-nodes', 'docs/annotations.md', facts)
      const stopped = { nodes: firstFew(this.#daemonSet.stoppedNodes), count: totals.stopped }
      return reason('rollout-nodes-stopped', 'k/k#122912', { ...facts, ...stopped })
    }
    if (policy.paused) return reason('rollout-paused', 'docs/annotations.md', facts)
    if (policy.holdsRollout) {
      const names = policy.nonsense.filter(({ holdsRollout }) => holdsRollout).map(({ name }) => name)
      return reason('rollout-annotation-unreadable', 'docs/annotations.md', { ...facts, annotations: names })
    }
    const autoPaused = standingAutoPause(this.#daemonSet, this.#next)
    if (autoPaused !== null) {
      const { nodes, count } = autoPaused
      return reason('rollout-paused-itself', 'docs/annotations.md', { ...facts, nodes: [...nodes], count })
    }
    const lostMax = scaled(policy.lostNodesMax, totals.desired) ?? 0
    if (totals.lost > lostMax && !isResumed(this.#daemonSet)) {
      const nodes = firstFew(this.#daemonSet.lostNodes)
      return reason('rollout-node-lost', 'k/k#117658', { ...facts, nodes, count: totals.lost, lostMax })
    }
    return this.#limited(facts) ?? this.#outOfTurn(facts)
  }

  /** canary and partition, replacement-interval. */
  #limited(facts: Reason['facts']): Reason | null {
    const { totals, policy, rollout } = this.#daemonSet
    const limit = Math.min(
      policy.canary === null ? Number.POSITIVE_INFINITY : (scaled(policy.canary, totals.desired) ?? 0),
      policy.partition === null
        ? Number.POSITIVE_INFINITY
        : totals.desired - (scaled(policy.partition, totals.desired) ?? totals.desired),
    )
    this.#left = limit - totals.onNew
    if (this.#left <= 0) {
      return reason('rollout-canary-size', 'docs/annotations.md', { ...facts, limit, updated: totals.onNew })
    }
    if (policy.replacementInterval === null) return null
    const due = rollout.replacedAt === null ? 0 : rollout.replacedAt + policy.replacementInterval
    this.#left = Math.min(this.#left, 1)
    return this.#wait(due, reason('rollout-interval', 'docs/annotations.md', { ...facts, until: due }))
  }

  /** rollout-order, rollout-batch, rollout-soak. */
  #outOfTurn(facts: Reason['facts']): Reason | null {
    const { policy, openGroups, rollout, totals } = this.#daemonSet
    if (policy.rolloutOrder === null && policy.rolloutBatch === null) return null
    const next = this.#nextGroup()
    const { first } = openGroups
    if (first !== null && next > first) {
      return reason('rollout-group-settling', 'docs/annotations.md', { ...facts, group: first, next })
    }
    const group = first ?? next
    const size = policy.rolloutBatch === null ? null : Math.max(1, scaled(policy.rolloutBatch, totals.desired) ?? 1)
    const isFull = size !== null && rollout.batch.replaced >= size
    if (rollout.batch.group !== group || isFull) {
      if (isFull && totals.unsettled > 0) {
        const batch = { size, unsettled: totals.unsettled }
        return reason('rollout-batch-settling', 'docs/annotations.md', { ...facts, ...batch })
      }
      const isFirst = rollout.batch.group === null
      const notBefore = isFirst ? 0 : this.#deciding.state.now + policy.rolloutSoak
      this.#next.batch = { group, replaced: 0, notBefore }
    }
    if (size !== null) this.#left = Math.min(this.#left, size - this.#next.batch.replaced)
    const { notBefore } = this.#next.batch
    return this.#wait(
      notBefore,
      reason('rollout-soaking', 'docs/annotations.md', { ...facts, until: notBefore, group }),
    )
  }

  /** The group of the first node that waits for the present template. */
  #nextGroup(): string {
    const { oldAvailable, oldUnavailable } = this.#daemonSet
    const [a] = firstFew(oldAvailable)
    const [b] = firstFew(oldUnavailable)
    const rank = a === undefined || (b !== undefined && b < a) ? (b ?? '') : a
    return groupOfRank(rank)
  }

  #wait(until: number, why: Reason): Reason | null {
    if (until <= this.#deciding.state.now) return null
    wakeMark(this.#deciding, this.#daemonSet, null, until)
    return why
  }
}

/** Somebody has said that the rollout of this very revision is to go on, whatever befell it. */
export const isResumed = ({ policy, current }: DaemonSet): boolean =>
  policy.resume !== null && policy.resume === current?.hash

/** How the rollout paused itself, unless somebody has said that it is to go on; null: it did not. */
export function standingAutoPause(daemonSet: DaemonSet, { autoPaused }: Rollout): Rollout['autoPaused'] {
  return isResumed(daemonSet) ? null : autoPaused
}
