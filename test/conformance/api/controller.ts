import type { Kind } from '../manifest.ts'
import type { Refusal, View } from '../world.ts'

/** What it did since the beginning: see `View`. */
export type Seen = Pick<View, 'events' | 'creations' | 'deletions' | 'statusWrites' | 'requests'>

/** The DaemonSet controller of an API world, as far as a story can get hold of it. */
export interface Controller {
  /** It looks for the first time. */
  start(): Promise<void>
  /** Pods came before their nodes: a controller that such nodes do not wake (spec §3.8) is woken otherwise. */
  wake(): Promise<void>
  /** Differs whenever anything has happened since it was last asked. */
  activity(): string
  /** Whether something it has begun is not done. */
  isBusy(): boolean
  /** Resolves when it has taken up all that it had been told by now, as far as one can know. */
  caughtUp(): Promise<void>
  /** A status that is written when its turn comes (one in 200 ms at most): when that is; null: none waits. */
  statusDue(): number | null
  /** What is watched from now on is told only by `tell`, as one moment. */
  hold(): void
  tell(): Promise<void>
  late(kind: Kind): void
  catchUp(): void
  /** Another one takes its place, that knows nothing of before. */
  replace(): Promise<void>
  refuse(refusal: Refusal): void
  allow(): void
  seen(): Seen
  /** @throws Error when it has said what must never be said */
  stop(): Promise<void>
}

/** The time of an API world: virtual, or that of the machine. */
export interface Time {
  now(): number
  /** It stands still unless it is passed: what it takes to settle is no time of the story's. */
  readonly isVirtual: boolean
  pass(ms: number): Promise<void>
  /** How long nothing may happen for it to have settled, and how often that is looked at, in ms. */
  readonly quietMs: number
  readonly stepMs: number
  /** For what is watched to arrive, in ms. */
  readonly watchMs: number
  /** How long an expectation that does not hold is given to come true, in ms. */
  readonly patienceMs: number
}
