import type { Clock, Random, Timers } from '@rollcall/service'
import type { ObjectStore } from '../objects/object-store.ts'
import type { EventRecorder } from './event-recorder.ts'

/** What each part of a cluster (scheduler, kubelets, controllers) works with; there is nothing else it may touch. */
export type PartPorts = {
  readonly store: ObjectStore
  readonly clock: Clock
  readonly timers: Timers
  /** This part's own stream of chance. */
  readonly random: Random
  readonly recorder: EventRecorder
}

/** A running part. */
export type Part = {
  /** Ends its watches; the timers end with the agenda. */
  readonly stop: () => void
}
