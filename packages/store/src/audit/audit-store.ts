import type { EventType, Requirement } from '@rollcall/contracts'
import type {
  Archived,
  BlameAnswer,
  BlameNodeQuery,
  Churn,
  Cluster,
  ClustersQuery,
  CommandUnderWay,
  CoverageAnswer,
  DaemonSetRecord,
  DaemonSetsQuery,
  DecisionEntry,
  Difference,
  EventSummary,
  Flapping,
  HistoryEntry,
  Hold,
  HoldsQuery,
  LedgerEvent,
  Misplaced,
  MissingNode,
  NodeRecord,
  NodesQuery,
  Outstanding,
  Placement,
  PlacementsQuery,
  Rollout,
  SlotCoverage,
  WhyNodeAnswer,
  WhyNodeQuery,
  WhyPodAnswer,
} from '@rollcall/contracts/api'
import type { LedgerSubject } from '../ledger/subjects.ts'
import type { RecordedIntent } from './sql/intents.ts'

export type { RecordedIntent } from './sql/intents.ts'

/** Where a page ended: the key of its last item, in the order of the list. Keys never change. */
export type PageKey = readonly (string | number)[]

/** Which page: what comes behind `after` (null: from the start), so many items. */
export type PageRequest = { readonly after: PageKey | null; readonly limit: number }

/** `next` null: there is no more. */
export type Slice<T> = { readonly items: readonly T[]; readonly next: PageKey | null }

type Asked<Query> = Omit<Query, 'limit' | 'cursor' | 'labelSelector'>
/** A question with its label selector taken apart; all requirements must hold. */
type AskedWithLabels<Query> = Asked<Query> & { readonly labels: readonly Requirement[] }

export type NodesAsked = AskedWithLabels<NodesQuery>
export type DaemonSetsAsked = AskedWithLabels<DaemonSetsQuery>
export type PlacementsAsked = Omit<AskedWithLabels<PlacementsQuery>, 'podLabelSelector'> & {
  /** Of the pods' template, as their DaemonSet was last seen. */
  readonly podLabels?: readonly Requirement[]
}

/** A place in something that grows, and the way to read from there: `older` ends before it, `newer` begins behind it. */
export type WindowRequest<Place> = {
  readonly from: Place
  readonly direction: 'older' | 'newer'
  readonly limit: number
}

/** Items oldest first. `more`: in the direction of reading there are more. */
export type WindowSlice<T> = { readonly items: readonly T[]; readonly more: boolean }

/** Whose story. */
export type HistoryOf =
  | { readonly kind: 'node'; readonly cluster: string; readonly node: string }
  | { readonly kind: 'daemonSet' | 'pod'; readonly cluster: string; readonly namespace: string; readonly name: string }

/** A place in a story: position, rank of the kind of entry, and what tells entries of one position and rank apart. */
export type HistoryPlace = { readonly position: number; readonly rank: number; readonly tie: string }

export type HistoryItem = { readonly place: HistoryPlace; readonly entry: HistoryEntry }

export type EventsAsked = {
  readonly cluster: string
  readonly types: readonly EventType[] | null
  readonly subject: LedgerSubject | null
}

/** One name of DaemonSets in a cluster. */
export type DaemonSetOf = { readonly cluster: string; readonly namespace: string; readonly name: string }

export type MissingAsked = {
  /** null: now. */
  readonly at: Date | null
  readonly isExpectedOnly: boolean
  readonly nodes: readonly string[] | null
  readonly labels?: readonly Requirement[]
  readonly rules: readonly string[] | null
}

/** Rollouts whose revision was the newest at some time in the span. null: without an end there. */
export type RolloutsAsked = { readonly from: Date | null; readonly to: Date | null }

/** `scanned`: how far was read; there may be more behind it even when nothing was found. */
export type ChangesSlice = WindowSlice<EventSummary> & { readonly scanned: number }

/** A cluster over a span of time. */
export type SpanAsked = {
  readonly cluster: string
  readonly namespaces: readonly string[] | null
  readonly daemonSets: readonly string[] | null
  readonly nodes: readonly string[] | null
  /** Only nodes with such labels, as last seen; all must hold. */
  readonly labels?: readonly Requirement[]
  readonly from: Date
  readonly to: Date
  /** Nothing behind this position, so that what is counted is the same for all pages. Default: all that is there. */
  readonly upTo?: number
}

export type DecisionsAsked = Omit<SpanAsked, 'from' | 'to' | 'upTo'> & {
  readonly rules: readonly string[] | null
  readonly from: Date | null
  readonly to: Date | null
}

export type FlappingAsked = SpanAsked & { readonly of: 'nodes' | 'pods' }

/** A page of an answer about a span of time. */
export type SpanSlice<T> = Slice<T> & { readonly recordBegins: Date }

export type CoverageSlice = SpanSlice<SlotCoverage> & {
  readonly total: CoverageAnswer['total']
}

/** What may be asked for by name. */
export type NamesOf =
  | { readonly kind: 'cluster' }
  | { readonly kind: 'node'; readonly cluster: string }
  /** `namespace` null: of all. */
  | { readonly kind: 'daemonSet' | 'pod'; readonly cluster: string; readonly namespace: string | null }

/**
 * The record as the auditor reads it: answers in the words of the API. Nothing is written, every statement has its time
 * limit, and what one answer needs is read at one instant. All methods throw `StoreError`; `took-too-long` means: ask
 * for less.
 */
export interface AuditStore {
  /** As that of `Store`. @throws StoreError */
  ready(): Promise<void>
  clusters(asked: Asked<ClustersQuery>, page: PageRequest): Promise<Slice<Cluster>>
  nodes(asked: NodesAsked, page: PageRequest): Promise<Slice<NodeRecord>>
  daemonSets(asked: DaemonSetsAsked, page: PageRequest): Promise<Slice<DaemonSetRecord>>
  placements(asked: PlacementsAsked, page: PageRequest): Promise<Slice<Placement>>
  /** null: no such pod is on record, nor any command about it. */
  whyPod(cluster: string, namespace: string, name: string): Promise<WhyPodAnswer | null>
  /** null: no such node is on record. */
  whyNode(cluster: string, node: string, asked: WhyNodeQuery): Promise<WhyNodeAnswer | null>
  /** How the pods of a name came and went. null: no such pod is on record. */
  blamePod(cluster: string, namespace: string, name: string): Promise<BlameAnswer | null>
  /** How each DaemonSet's standing on a node came about. null: no such node is on record. */
  blameNode(cluster: string, node: string, asked: BlameNodeQuery): Promise<BlameAnswer | null>
  /** null: nothing of that name is on record. */
  history(of: HistoryOf, window: WindowRequest<HistoryPlace>): Promise<WindowSlice<HistoryItem> | null>
  /**
   * Nodes without a pod of the DaemonSet at a time (null: now). null: no DaemonSet of that name is on record; with
   * `daemonSetUid` null none was there then.
   */
  missing(
    of: DaemonSetOf,
    asked: MissingAsked,
    page: PageRequest,
  ): Promise<(Slice<MissingNode> & { readonly daemonSetUid: string | null }) | null>
  /** By node; null: no DaemonSet of that name is there. */
  outstanding(of: DaemonSetOf, page: PageRequest): Promise<Slice<Outstanding> | null>
  /** Changes of a DaemonSet other than of its status; null: no DaemonSet of that name is on record. */
  changes(of: DaemonSetOf, window: WindowRequest<number>): Promise<ChangesSlice | null>
  /** Newest first; null: no DaemonSet of that name is on record. */
  rollouts(of: DaemonSetOf, asked: RolloutsAsked, page: PageRequest): Promise<Slice<Rollout> | null>
  /** null: the cluster is not on record, or nothing has happened there. */
  coverage(asked: SpanAsked, page: PageRequest): Promise<CoverageSlice | null>
  /** What is otherwise at the end of the span than at its beginning. null: as of `coverage`. */
  diff(asked: SpanAsked, page: PageRequest): Promise<SpanSlice<Difference> | null>
  /** Pods on nodes on which they should not have been, for longer than `overMs`. null: as of `coverage`. */
  misplaced(asked: SpanAsked & { readonly overMs: number }, page: PageRequest): Promise<SpanSlice<Misplaced> | null>
  /** How often pods came, the most restless slots first. null: as of `coverage`. */
  churn(asked: SpanAsked, page: PageRequest): Promise<SpanSlice<Churn> | null>
  /** How often nodes or pods changed, the most restless first. null: as of `coverage`. */
  flapping(asked: FlappingAsked, page: PageRequest): Promise<SpanSlice<Flapping> | null>
  /** Events of one stream, those at `from` excluded. */
  events(asked: EventsAsked, window: WindowRequest<number>): Promise<WindowSlice<LedgerEvent>>
  /** Decisions by position; empty also when the cluster is not on record. */
  decisions(asked: DecisionsAsked, page: PageRequest): Promise<Slice<DecisionEntry>>
  /** Oldest first; empty also when the cluster is not on record. */
  commandsUnderWay(cluster: string, page: PageRequest): Promise<Slice<CommandUnderWay>>
  /** The last position of a stream before this time, by the stream's time (0: there is none); null: it is not on record. */
  positionAt(cluster: string, at: Date): Promise<number | null>
  /** The last position of each of these streams (null: of all), by cluster. */
  heads(clusters: readonly string[] | null): Promise<ReadonlyMap<string, number>>
  /** When the record of each of these clusters (null: of all) begins, by cluster; left out: nothing has happened there. */
  recordBegins(clusters: readonly string[] | null): Promise<ReadonlyMap<string, Date>>
  /** What of these streams (null: of all) is archived, and in the database no more. */
  archived(clusters: readonly string[] | null): Promise<readonly Archived[]>
  /** Names that are on record (of pods: those that are there now), in order, 10,000 at most: for suggestions. */
  names(of: NamesOf): Promise<readonly string[]>
  /** Which of these names `names` would tell, if it told all. */
  knownNames(of: NamesOf, among: readonly string[]): Promise<ReadonlySet<string>>
  /** Newest first. */
  holds(asked: Asked<HoldsQuery>, page: PageRequest): Promise<Slice<Hold>>
  /** null: no intent of this id is on record in the cluster. */
  intent(cluster: string, intent: string): Promise<RecordedIntent | null>
  healthy(): Promise<boolean>
  close(): Promise<void>
}

/** Before everything, and behind everything. */
export const historyStart: HistoryPlace = { position: 0, rank: -1, tie: '' }
export const historyEnd: HistoryPlace = { position: Number.MAX_SAFE_INTEGER, rank: 99, tie: '' }
