import type { Reason } from '@rollcall/contracts'
import type { Placement, SlotStanding, WhyNodeAnswer, WhyNodeQuery } from '@rollcall/contracts/api'
import { run } from '../sql/statement.ts'
import { decisionRecords } from './read-decisions.ts'
import type { Reading } from './reading.ts'
import { lastOfRollouts, standingDecisions } from './sql/decisions.ts'
import { selectNodes } from './sql/nodes.ts'
import { lastOnNode, openOnNode } from './sql/placement-stories.ts'
import { selectSlots } from './sql/slots-of-node.ts'

/** Where each DaemonSet stands on a node; null when the node is not on record. */
export async function nodeStanding(reading: Reading, node: string, asked: WhyNodeQuery): Promise<WhyNodeAnswer | null> {
  const { session, cluster } = reading
  const known = await newestNode(reading, node)
  const daemonSets = await run(session, selectSlots, {
    cluster,
    namespaces: asked.namespace ?? null,
    names: asked.daemonSet ?? null,
  })
  const slots = { cluster, node, daemonSetUids: daemonSets.map(({ uid }) => uid) }
  const decisions = await decisionRecords(reading, await run(session, standingDecisions, slots))
  const open = await run(session, openOnNode, slots)
  const last = await run(session, lastOnNode, slots)
  const rollouts = await run(session, lastOfRollouts, slots)
  if (known === null && decisions.length + open.length + last.length === 0) return null
  return {
    cluster,
    node: known,
    slots: daemonSets.map(({ namespace, name, uid, gone }): SlotStanding => {
      const decision = decisions.find(({ daemonSet }) => daemonSet.uid === uid) ?? null
      const placements = open.filter(({ daemonSet }) => daemonSet.uid === uid)
      return {
        daemonSet: { namespace, name, uid },
        gone,
        decision,
        noDecision: decision === null,
        rollout: heldHere(
          rollouts.find(({ daemonSet }) => daemonSet.uid === uid),
          placements,
        ),
        placements,
        lastPlacement: placements.length > 0 ? null : (last.find(({ daemonSet }) => daemonSet.uid === uid) ?? null),
      }
    }),
  }
}

/** What holds the rollout, where a pod waits for the revision that is rolled out. */
function heldHere(
  last: { at: string; position: number; reason: Reason } | undefined,
  placements: readonly Placement[],
): SlotStanding['rollout'] {
  if (last === undefined || last.reason.rule === 'rollout-goes-on') return null
  const { hash } = last.reason.facts
  const waits = placements.some(({ revision }) => revision !== hash)
  return waits ? { reason: last.reason, at: last.at, position: last.position } : null
}

/** The node of this name that is there, or else the last one that was. */
async function newestNode({ session, cluster }: Reading, node: string) {
  const seen = await run(session, selectNodes, {
    clusters: [cluster],
    names: [node],
    labels: [],
    isPresent: false,
    after: null,
    limit: 1_000,
  })
  return seen.find(({ goneAt }) => goneAt === null) ?? seen.sort((a, b) => b.lastPosition - a.lastPosition)[0] ?? null
}
