import type { Event } from '@rollcall/contracts'
import type {
  BlameAnswer,
  BlameNodeQuery,
  Chain,
  ChainLink,
  DecisionRecord,
  LedgerEvent,
  Placement,
} from '@rollcall/contracts/api'
import { linksMax } from '@rollcall/contracts/api'
import { run } from '../sql/statement.ts'
import { commandRecords, decisionRecords } from './read-decisions.ts'
import { sighted, withChanges } from './read-events.ts'
import type { Reading } from './reading.ts'
import { factsOf } from './seen-object.ts'
import { archivedOf, archivedPositions } from './sql/archived.ts'
import { commandsOf } from './sql/commands.ts'
import { beganWith, decisionsBehind, revisionDecision } from './sql/decisions.ts'
import { eventsAt } from './sql/events.ts'
import { placementsOfPod } from './sql/placement-stories.ts'
import { recordBegins } from './sql/record-begins.ts'
import { nodeStanding } from './why-node.ts'

/** Pods of one name that are told at most: the newest. */
const podsMax = 10

/** How the pods of this name came and went; null: none is on record. */
export async function blamePod(reading: Reading, namespace: string, pod: string): Promise<BlameAnswer | null> {
  const { session, cluster } = reading
  const placements = await run(session, placementsOfPod, { cluster, namespace, pod, limit: podsMax })
  if (placements.length === 0) return null
  const chains: Chain[] = []
  for (const placement of placements) chains.push(...(await chainsOf(reading, placement)))
  return { cluster, chains }
}

/** How each DaemonSet's standing on this node came about: its pod, or that it has none. null: no such node is on record. */
export async function blameNode(reading: Reading, node: string, asked: BlameNodeQuery): Promise<BlameAnswer | null> {
  const standing = await nodeStanding(reading, node, asked)
  if (standing === null) return null
  const chains: Chain[] = []
  for (const { daemonSet, placements, lastPlacement, decision } of standing.slots) {
    for (const placement of placements) chains.push(await chainOf(reading, placement, 'opened'))
    if (placements.length > 0) continue
    if (lastPlacement) chains.push(await chainOf(reading, lastPlacement, 'closed'))
    if (decision === null) continue
    const began = await verdictBegan(reading, node, decision)
    const links = await backFrom(reading, [{ kind: 'decision', decision: began }])
    chains.push({ daemonSet, node, what: 'standing', at: began.at, links })
  }
  return { cluster: reading.cluster, chains }
}

/**
 * A node that must have none is asked about for what made it so: the decisions that came later only tell how the pod went, and
 * others may have been quicker to end it.
 */
async function verdictBegan(reading: Reading, node: string, decision: DecisionRecord): Promise<DecisionRecord> {
  const { verdict, position, daemonSet } = decision
  if (verdict !== 'shouldNotRun') return decision
  const asked = { cluster: reading.cluster, node, daemonSetUid: daemonSet.uid, verdict, before: position }
  const [began] = await decisionRecords(reading, await run(reading.session, beganWith, asked))
  return began ?? decision
}

async function chainsOf(reading: Reading, placement: Placement): Promise<Chain[]> {
  const opened = await chainOf(reading, placement, 'opened')
  return placement.closed === null ? [opened] : [await chainOf(reading, placement, 'closed'), opened]
}

async function chainOf(reading: Reading, placement: Placement, what: 'opened' | 'closed'): Promise<Chain> {
  const { namespace, daemonSet, node, closed, openedAt, openedPosition, openedBy } = placement
  const end = what === 'opened' ? { at: openedAt, position: openedPosition, by: openedBy } : closed
  if (end === null) throw new Error(`pod ${placement.pod.uid} has not ended`)
  const pod: ChainLink = { kind: 'pod', placement }
  const begun = end.by === null ? await eventLinks(reading, end.position) : await actLinks(reading, end.by)
  const links = await backFrom(reading, [...begun, pod])
  return { daemonSet: { namespace, ...daemonSet }, node, what, at: end.at, links }
}

/** Goes back link by link, until nothing is known of what led there. */
async function backFrom(reading: Reading, links: readonly ChainLink[]): Promise<ChainLink[]> {
  let chain = [...links]
  const seen = new Set<string>()
  while (chain.length < linksMax - 3) {
    const first = chain[0]
    if (first?.kind !== 'decision') break
    const { position, node, daemonSet } = first.decision
    const key = `${position}/${node}/${daemonSet.uid}`
    if (seen.has(key)) break
    seen.add(key)
    const before = await causeLinks(reading, first.decision)
    if (before.length === 0) break
    chain = [...before, ...chain]
  }
  return chain
}

/** A command, with the decision that issued it. */
async function actLinks(reading: Reading, commandId: string): Promise<ChainLink[]> {
  const [command] = await commandRecords(reading, await run(reading.session, commandsOf, { ids: [commandId] }))
  if (!command) return []
  const rows = await run(reading.session, decisionsBehind, { cluster: reading.cluster, commands: [command] })
  const [decision] = await decisionRecords(reading, rows)
  return [...(decision ? [{ kind: 'decision', decision } as const] : []), { kind: 'command', command }]
}

async function eventLinks(reading: Reading, position: number): Promise<ChainLink[]> {
  const [event] = await eventsOf(reading, [position])
  return event ? [await linkOf(reading, event)] : await archivedLinks(reading, [position])
}

/** That what stood at these positions, and is not here, is in an archive; empty: none of it is. */
async function archivedLinks({ session, stream }: Reading, positions: readonly number[]): Promise<ChainLink[]> {
  if (positions.length === 0) return []
  const [newest] = await run(session, archivedPositions, { stream, positions })
  return newest ? [{ kind: 'archived', ...newest }] : []
}

async function eventsOf(reading: Reading, positions: readonly number[]): Promise<LedgerEvent[]> {
  const { session, stream, cluster } = reading
  const rows = await run(session, eventsAt, { stream, positions })
  return await withChanges(
    reading,
    rows.map(row => sighted(cluster, row)),
  )
}

async function linkOf(reading: Reading, told: LedgerEvent): Promise<ChainLink> {
  if (told.family === 'intent') return { kind: 'event', event: told }
  const { event, ...summary } = told
  const isOlder = await isOlderThanRecord(reading, told)
  return { kind: 'event', event: summary, ...(isOlder ? { isOlder } : {}) }
}

/** Kubernetes writes whole seconds: what was created at S was created before S + 1 s. */
const secondMs = 1_000

async function isOlderThanRecord(
  { session, cluster }: Reading,
  { event, changes, attributed }: LedgerEvent,
): Promise<boolean> {
  const facts = factsOf(event as Event)
  if (facts === null || changes !== null || attributed !== null) return false
  // Behind a seam the first sight may be in the archive.
  if ((await run(session, archivedOf, { clusters: [cluster] })).length > 0) return false
  const [begun] = await run(session, recordBegins, { clusters: [cluster] })
  return begun !== undefined && facts.createdAt + secondMs <= begun[1].getTime()
}

/** A rollout moves pods because there is a new revision, whatever made room for the next one. */
const isRollout = ({ reason }: DecisionRecord): boolean => /^(rollout|surge)-/.test(reason.rule)

async function causeLinks(reading: Reading, decision: DecisionRecord): Promise<ChainLink[]> {
  if (isRollout(decision)) {
    const links = await revisionLinks(reading, decision.daemonSet.uid, decision.position)
    if (links.length > 0) return links
  }
  const causes = (
    await eventsOf(
      reading,
      decision.causes.map(({ position }) => position),
    )
  ).toReversed()
  const led: { readonly event: LedgerEvent; readonly links: readonly ChainLink[] }[] = []
  for (const event of causes) led.push({ event, links: await ledBy(reading, event, decision) })
  const asked = led.find(({ event, links }) => links.length === 0 && isAskedFor(event))
  const chosen = asked ?? led.find(({ links }) => links.length > 0)
  if (chosen) return [...chosen.links, await linkOf(reading, chosen.event)]
  const archived = await archivedLinks(reading, decision.causesArchived ?? [])
  if (archived.length > 0) return archived
  return led[0] ? [await linkOf(reading, led[0].event)] : []
}

/** What the cluster's own parts do is nobody's wish. */
const ownParts =
  /^(kubelet|kube-scheduler|kube-controller-manager|kwok.*|rollcall.*|system:(node:|kube-|serviceaccount:kube-system:).*|system:apiserver|)$/

const isAskedFor = ({ attributed, by, family }: LedgerEvent): boolean =>
  family === 'intent' || !ownParts.test(attributed?.user ?? by?.manager ?? '')

/** The command that led to this event, with its decision; empty: none of Rollcall's did. */
async function ledBy(
  reading: Reading,
  { event, changes, position }: LedgerEvent,
  of: DecisionRecord,
): Promise<ChainLink[]> {
  const body = event as Readonly<Record<string, unknown>>
  switch (event.type) {
    case 'CommandSettled':
      return await actLinks(reading, String(body.commandId))
    case 'PodGone':
      return await endLinks(reading, body as { namespace: string; name: string; uid: string })
    case 'PodObserved': {
      const pod = body.pod as { namespace: string; name: string; uid: string; deletedAt: number | null }
      return pod.deletedAt === null ? [] : await endLinks(reading, pod)
    }
    case 'RevisionObserved':
      return changes === null ? await revisionLinks(reading, of.daemonSet.uid, position) : []
    default:
      return []
  }
}

async function endLinks(
  reading: Reading,
  { namespace, name, uid }: { readonly namespace: string; readonly name: string; readonly uid: string },
): Promise<ChainLink[]> {
  const { session, cluster } = reading
  const placements = await run(session, placementsOfPod, { cluster, namespace, pod: name, limit: podsMax })
  const placement = placements.find(({ pod }) => pod.uid === uid)
  const command = placement?.closed?.by ?? placement?.ending?.command ?? null
  return placement && command !== null ? [...(await actLinks(reading, command)), { kind: 'pod', placement }] : []
}

/** The decision that made the revision of that time, with its command. */
async function revisionLinks(reading: Reading, daemonSetUid: string, before: number): Promise<ChainLink[]> {
  const { session, cluster } = reading
  const rows = await run(session, revisionDecision, { cluster, daemonSetUid, before })
  const [decision] = await decisionRecords(reading, rows)
  if (!decision) return []
  return [{ kind: 'decision', decision }, ...decision.commands.map(command => ({ kind: 'command', command }) as const)]
}
