import type { DaemonSetFacts, DecisionPoint, Effect, Kind, NodeFacts, RevisionFacts } from '@rollcall/contracts'
import type { GoneDaemonSet } from '../sql/end-holds.ts'
import type { FoldedEvent } from '../store.ts'
import { type AttributionRow, attributionRow } from './attributions.ts'
import { commandRows, decisionRows } from './decisions.ts'
import { foldHolds, type HoldFold } from './holds.ts'
import { intentRow } from './intents.ts'
import { type ObjectFold, putObject } from './objects.ts'
import {
  endPod,
  type Instant,
  isTurnedDown,
  markEndings,
  type PlacementFold,
  placePod,
  startPlacements,
  takeBackEnding,
} from './placements.ts'
import type { CommandRow, DecisionRow, IntentRow, PlacementRow, Settlement } from './rows.ts'

/** What is known of a cluster beside its objects; only what the batch has changed. */
export type ClusterIdentity = { mode?: string; serverVersion?: string }

/** What a batch changes in the projections: built in memory, written at once. */
export type Projection = {
  readonly placements: PlacementFold
  readonly nodes: ObjectFold<NodeFacts>
  readonly daemonSets: ObjectFold<DaemonSetFacts>
  readonly revisions: ObjectFold<RevisionFacts>
  readonly decisions: DecisionRow[]
  readonly commands: CommandRow[]
  readonly settlements: Map<string, Settlement>
  readonly intents: IntentRow[]
  readonly holds: HoldFold
  readonly goneDaemonSets: GoneDaemonSet[]
  readonly attributions: AttributionRow[]
  readonly identities: Map<string, ClusterIdentity>
  readonly watchPositions: Map<string, { cluster: string; kind: Kind; resourceVersion: string }>
  /** Clusters under whose name another one answers now: their earlier watch positions are void. */
  readonly replacedClusters: Set<string>
}

/** `openPlacements`: those of the pods that the batch touches (see `touches.ts`), as they are now. */
export function startProjection(openPlacements: readonly PlacementRow[]): Projection {
  return {
    placements: startPlacements(openPlacements),
    nodes: new Map(),
    daemonSets: new Map(),
    revisions: new Map(),
    decisions: [],
    commands: [],
    settlements: new Map(),
    intents: [],
    holds: new Map(),
    goneDaemonSets: [],
    attributions: [],
    identities: new Map(),
    watchPositions: new Map(),
    replacedClusters: new Set(),
  }
}

export function projectEvent(projection: Projection, cluster: string, folded: FoldedEvent): void {
  const { event, position } = folded
  const when = { position, at: event.at }
  if (event.type === 'ClusterIdentified') {
    name(projection, cluster, { serverVersion: event.serverVersion })
  }
  const intent = intentRow(position, event)
  if (intent) projection.intents.push(intent)
  if (event.type === 'ChangeAttributed') projection.attributions.push(attributionRow(position, event))
  for (const effect of folded.effects) projectEffect(projection, cluster, when, effect)
}

export function projectPoint(projection: Projection, cluster: string, point: number, decided: DecisionPoint): void {
  markEndings(projection.placements, cluster, decided)
  for (const row of decisionRows(cluster, point, decided)) projection.decisions.push(row)
  for (const row of commandRows(cluster, point, decided)) projection.commands.push(row)
  foldHolds(projection.holds, cluster, decided)
}

function projectEffect(projection: Projection, cluster: string, when: Instant, effect: Effect): void {
  switch (effect.kind) {
    case 'nodePut':
      putObject(projection.nodes, cluster, when, effect.node, null)
      break
    case 'nodeGone':
      putObject(projection.nodes, cluster, when, effect.node, effect)
      break
    case 'daemonSetPut':
      putObject(projection.daemonSets, cluster, when, effect.daemonSet, null)
      break
    case 'daemonSetGone':
      putObject(projection.daemonSets, cluster, when, effect.daemonSet, effect)
      projection.goneDaemonSets.push({ cluster, uid: effect.daemonSet.uid, ...when })
      break
    case 'revisionPut':
      putObject(projection.revisions, cluster, when, effect.revision, null)
      break
    case 'revisionGone':
      putObject(projection.revisions, cluster, when, effect.revision, effect)
      break
    case 'podPut':
      placePod(projection.placements, cluster, when, effect)
      break
    case 'podGone':
      endPod(projection.placements, cluster, when, effect)
      break
    case 'commandSettled':
      settle(projection, when, effect)
      break
    case 'modeSet':
      name(projection, cluster, { mode: effect.mode })
      break
  }
}

function name({ identities }: Projection, cluster: string, news: ClusterIdentity): void {
  identities.set(cluster, { ...identities.get(cluster), ...news })
}

function settle(
  projection: Projection,
  { position, at }: Instant,
  { commandId, settled }: Extract<Effect, { kind: 'commandSettled' }>,
): void {
  const before = projection.settlements.get(commandId)
  if (!before || (before.result === null && settled)) {
    projection.settlements.set(commandId, {
      commandId,
      position: before?.position ?? position,
      at: before?.at ?? at,
      result: settled?.result ?? null,
      attempts: settled?.attempts ?? null,
      answer: settled?.answer ?? null,
    })
  }
  if (!settled || !isTurnedDown(settled.result)) return
  takeBackEnding(projection.placements, commandId)
}
