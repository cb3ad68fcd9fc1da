import type { CommandType, Decision, EventType, Json } from '@rollcall/contracts'

/**
 * The rows of the projections, as both stores keep them. All times are milliseconds since the epoch, and all come from
 * the ledger: dropping these tables and projecting the ledger again gives the same rows.
 */

export type DecisionRow = Decision & {
  readonly cluster: string
  readonly position: number
  readonly point: number
  readonly seq: number
  readonly at: number
  readonly core: string
}

export type CommandRow = {
  readonly id: string
  readonly cluster: string
  readonly position: number
  readonly point: number
  readonly seq: number
  readonly slot: string
  readonly type: CommandType
  readonly daemonSet: { readonly namespace: string; readonly name: string; readonly uid: string }
  readonly node: string | null
  readonly podName: string | null
  readonly podUid: string | null
  /** Its members that have no column of their own: with those it is the whole command. */
  readonly body: Json
  readonly issuedAt: number
}

/** A command left flight. `result` null: the watched object showed it done. */
export type Settlement = {
  readonly commandId: string
  readonly position: number
  readonly at: number
  readonly result: string | null
  readonly attempts: number | null
  readonly answer: Json
}

/** One DaemonSet's pod on one node over an interval. */
export type PlacementRow = {
  cluster: string
  daemonSetNamespace: string
  daemonSetName: string
  daemonSetUid: string
  node: string
  podName: string
  podUid: string
  revisionHash: string | null
  openedAt: number
  openedPosition: number
  openedBy: string | null
  provisional: boolean
  boundAt: number | null
  ready: boolean
  readyAt: number | null
  phase: string
  finishedAt: number | null
  terminatingAt: number | null
  endingCommand: string | null
  endingType: string | null
  endingRule: string | null
  closedAt: number | null
  closedPosition: number | null
  closedBy: string | null
  closeCause: string | null
  inferred: boolean
}

/** A watched object, present or gone. */
export type ObjectRow<Facts> = {
  readonly cluster: string
  readonly uid: string
  readonly facts: Facts
  readonly firstPosition: number
  readonly firstAt: number
  readonly lastPosition: number
  readonly lastAt: number
  readonly gonePosition: number | null
  readonly goneAt: number | null
  readonly inferred: boolean
}

/** What somebody asked for. */
export type IntentRow = {
  readonly cluster: string
  readonly id: string
  readonly position: number
  readonly at: number
  readonly type: EventType
  readonly user: string
  readonly via: string
  readonly body: Json
}

export type HoldState = 'open' | 'rejected' | 'approved' | 'dissolved'

/** Deletions that the guard held. */
export type HoldRow = {
  readonly cluster: string
  readonly id: string
  readonly daemonSet: { readonly namespace: string; readonly name: string; readonly uid: string }
  readonly openedPosition: number
  readonly openedAt: number
  readonly state: HoldState
  /** Of its last change. */
  readonly position: number
  readonly at: number
  readonly facts: Json
}
