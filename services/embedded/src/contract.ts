import type { Rate } from '@rollcall/contracts'
import type { LedgerEvent } from '@rollcall/contracts/api'
import type { Clock, Logger, Readiness, Timers } from '@rollcall/service'
import type { Told } from '@rollcall/simulator'
import type { EmbeddedError } from './errors.ts'

/** The clusters that `rollcall up` attends to. */
export type ClusterSource =
  | {
      readonly kind: 'simulated'
      /** Which of the simulator's demo clusters. Default: all three. */
      readonly names?: readonly string[]
      /** A story of the simulator to play in them (`--scenario`); null or absent: nothing happens by itself. */
      readonly story?: string | null
      /** Default 1: it gives the machines their names. */
      readonly seed?: number
      /** Creates the example DaemonSet in clusters that are made anew. Default false. */
      readonly example?: boolean
    }
  | {
      readonly kind: 'kubeconfig'
      /** `FILE`, `FILE#context`, `name=FILE` or `name=FILE#context`. */
      readonly specs: readonly string[]
    }

/** With `control` Rollcall acts; with `observe` it only reads, and records what it would have done. */
export type Mode = 'control' | 'observe'

export type EmbeddedOptions = {
  /** Folder of everything that is kept; made when it is not there. `ephemeral`: made there or in a temporary folder, and removed at the end. */
  readonly dataDir: string | null
  readonly ephemeral?: boolean
  readonly clusters: ClusterSource
  /** Default: `control` for simulated clusters, `observe` for real ones. */
  readonly mode?: Mode
  /** Whether deletions of many pods at once are held until somebody approves. Default true; false for parity. */
  readonly guard?: boolean
  /** At most so many pods are created in each cluster. Default: as many as are wanted. */
  readonly creationRate?: Rate
  readonly ports?: {
    /** Of the auditor: API and console. Default 0: a free one. */
    readonly auditor?: number
    /** Of Postgres. Default 0: a free one. */
    readonly postgres?: number
    /** Of the first simulated cluster; the others follow. Default 0: free ones. */
    readonly clusters?: number
  }
  readonly onProgress?: (progress: Progress) => void
  /** One clause about an event, for `RecentEvent.sentence`. Default: its object and type. */
  readonly words?: (event: LedgerEvent) => string
  /** Told of each step of the story that plays. */
  readonly onStory?: (told: Told) => void
  /** What the services say. Default: written to `<dataDir>/rollcall.log`. */
  readonly logger?: Logger
  readonly clock?: Clock
  readonly timers?: Timers
  /** Ends a start that is under way; what had started is stopped, and the promise rejects. */
  readonly signal?: AbortSignal
}

/** The phases of a start, in order. */
export const startPhases = ['folder', 'postgres', 'schema', 'clusters', 'services'] as const
export type StartPhase = (typeof startPhases)[number]

export type Progress =
  | { readonly phase: StartPhase; readonly state: 'begun'; readonly sentence: string }
  | { readonly phase: StartPhase; readonly state: 'done'; readonly sentence: string; readonly tookMs: number }

export type EmbeddedCluster = {
  readonly name: string
  readonly kind: 'simulated' | 'real'
  readonly mode: Mode
  /** Address of its API server. */
  readonly server: string
  /** A kubeconfig of this cluster (of simulated ones: written into the data folder, mode 0600). */
  readonly kubeconfig: string
  /** Context in it; null: its current one. */
  readonly context: string | null
}

/** One DaemonSet in one cluster, as its status says. */
export type DaemonSetOverview = {
  readonly namespace: string
  readonly name: string
  readonly desired: number
  readonly current: number
  readonly ready: number
  readonly updated: number
  readonly misscheduled: number
  /** true when status speaks of the newest generation and all desired pods are updated and ready. */
  readonly settled: boolean
}

export type ClusterOverview = {
  readonly cluster: EmbeddedCluster
  /** Why it cannot be watched just now; null: it is watched. */
  readonly trouble: string | null
  readonly nodes: { readonly total: number; readonly ready: number; readonly cordoned: number }
  readonly daemonSets: readonly DaemonSetOverview[]
}

/** Something that happened, for people. */
export type RecentEvent = {
  readonly cluster: string
  readonly position: number
  /** Milliseconds since the Unix epoch. */
  readonly at: number
  /** `node n17 joined`, `pod logs-x7k2p on n17 is ready`. */
  readonly sentence: string
}

/** For the live table. */
export type Overview = {
  readonly clusters: readonly ClusterOverview[]
  /** The newest of all clusters, newest first; 20 at most. */
  readonly recent: readonly RecentEvent[]
  /** What is wrong with the embedded mode itself, for example that what happens cannot be kept; usually nothing. */
  readonly troubles: readonly string[]
}

/** Where a cluster's own controller did otherwise than Rollcall would have done. */
export type ShadowDifference = {
  readonly cluster: string
  readonly namespace: string
  readonly daemonSet: string
  readonly node: string
  /** What Rollcall decided: `createPod`, `deletePod`, or `none`. */
  readonly decided: string
  /** Rule that it decided by. */
  readonly rule: string
  /** When it was decided, milliseconds since the Unix epoch. */
  readonly since: number
  readonly sentence: string
}

export type ShadowDifferences = {
  /** Oldest first in each cluster. */
  readonly items: readonly ShadowDifference[]
  /** There are more than these: of one cluster 1,000 at most. */
  readonly isCut: boolean
}

/** All services in one process, running. */
export interface Embedded {
  readonly dataDir: string
  readonly clusters: readonly EmbeddedCluster[]
  /** Base address of the auditor's API, for example `http://127.0.0.1:7070`. */
  readonly auditorUrl: string
  /** Of the embedded Postgres, with its password: for `psql`. */
  readonly postgresUrl: string
  /** Every check of every service. */
  health(): Promise<Readiness>
  /** @throws EmbeddedError when the record does not answer: ask again later */
  overview(): Promise<Overview>
  /**
   * Of observed clusters: slots in which decision and cluster have differed for longer than `graceMs` (default 10 s).
   * Up to 2 s old. @throws EmbeddedError
   */
  shadowDifferences(options?: { readonly graceMs?: number }): Promise<ShadowDifferences>
  /** Resolves when a part that cannot be done without has ended by itself; the rest is still running: call `stop`. */
  readonly failed: Promise<EmbeddedError>
  /** Ends all within 5 s, Postgres last. Again is once. @throws EmbeddedError when something could not be kept */
  stop(): Promise<void>
}

/** Content of `<dataDir>/up.json` (mode 0600) while it runs: how other processes find it. */
export type UpFile = {
  readonly version: 1
  readonly pid: number
  /** Milliseconds since the Unix epoch. */
  readonly startedAt: number
  readonly auditorUrl: string
  /** Bearer token of the user who runs it: with it something can be asked for. */
  readonly token: string
  readonly postgresUrl: string
  readonly clusters: readonly EmbeddedCluster[]
}
