import type { Decision, DecisionPoint, Reason } from '@rollcall/contracts'
import type { DecisionRecord } from '@rollcall/contracts/api'
import { type ClusterState, explain } from '@rollcall/daemonset'
import { ReplayError } from '../errors.ts'
import type { OnProgress } from '../fold.ts'
import type { LedgerSource } from '../source.ts'
import { decisionRecord, isPoint } from './decision-record.ts'
import { stretchesBack } from './look-back.ts'
import { type NodeAsOf, nodesAsOf, type PlacementAsOf, placementsAsOf } from './records.ts'

export type SlotAsOf = {
  readonly daemonSet: { readonly namespace: string; readonly name: string; readonly uid: string }
  /** The decision that stood then; null: none is on record. */
  readonly decision: DecisionRecord | null
  /** What held its rollout as a whole, where its pod there waited for it; null: nothing did. */
  readonly rollout: { readonly reason: Reason } | null
  readonly placements: readonly PlacementAsOf[]
}

export type WhyNodeAsOf = {
  readonly cluster: string
  /** null: it was not there then, and is only named by pods. */
  readonly node: NodeAsOf | null
  /** By namespace and name. */
  readonly slots: readonly SlotAsOf[]
}

/** Where each DaemonSet that was there stood on a node, and why. @throws ReplayError when nothing is known of the node */
export async function whyNodeAsOf(
  source: LedgerSource,
  state: ClusterState,
  name: string,
  { of = () => true, onProgress }: { of?: (daemonSet: DaemonSetName) => boolean; onProgress?: OnProgress } = {},
): Promise<WhyNodeAsOf> {
  const node = nodesAsOf(state).find(one => one.name === name) ?? null
  const pods = placementsAsOf(state).filter(one => one.node === name)
  if (node === null && pods.length === 0) {
    throw new ReplayError('not-found', `there was no node ${name} at position ${state.position} of ${source.name}`)
  }
  const daemonSets = [...state.daemonSets.values()].map(({ facts }) => facts).filter(of)
  const standing = await standingDecisions(source, state, name, new Set(daemonSets.map(({ uid }) => uid)), onProgress)
  const slots: SlotAsOf[] = []
  for (const { namespace, name: daemonSet, uid } of daemonSets) {
    const found = standing.get(uid)
    const reason = explain(state, { namespace, daemonSet, node: name })?.rollout ?? null
    slots.push({
      daemonSet: { namespace, name: daemonSet, uid },
      decision: found ? await decisionRecord(source, state, found.point, found.decision) : null,
      rollout: reason && { reason },
      placements: pods.filter(pod => pod.daemonSet.uid === uid),
    })
  }
  const key = ({ daemonSet }: SlotAsOf) => `${daemonSet.namespace}/${daemonSet.name}`
  return { cluster: state.cluster, node, slots: slots.sort((a, b) => (key(a) < key(b) ? -1 : 1)) }
}

export type DaemonSetName = { readonly namespace: string; readonly name: string }
export type Standing = { readonly point: DecisionPoint; readonly decision: Decision }

/** The last decision of each of these DaemonSets on a node, by uid; where none is on record, none. */
export async function standingDecisions(
  source: LedgerSource,
  state: ClusterState,
  node: string,
  daemonSetUids: ReadonlySet<string>,
  onProgress?: OnProgress,
): Promise<ReadonlyMap<string, Standing>> {
  const found = new Map<string, Standing>()
  // Where the state knows of no decision, the record is not searched for one.
  const isDecided = (uid: string) => (state.daemonSets.get(uid)?.slots.get(node)?.lastDecision ?? '') !== ''
  const wanted = new Set([...daemonSetUids].filter(isDecided))
  if (wanted.size === 0) return found
  for await (const entries of stretchesBack(source, state.position, onProgress)) {
    for (const { point } of entries.filter(isPoint).reverse()) {
      for (const decision of point.decisions) {
        const { uid } = decision.daemonSet
        if (decision.node !== node || !wanted.has(uid) || found.has(uid)) continue
        found.set(uid, { point, decision })
      }
      if (found.size === wanted.size) return found
    }
  }
  return found
}
