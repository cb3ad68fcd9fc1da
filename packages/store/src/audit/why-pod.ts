import type { CommandRecord, DecisionRecord, Placement, PodStory } from '@rollcall/contracts/api'
import { run } from '../sql/statement.ts'
import { commandRecords, decisionRecords } from './read-decisions.ts'
import type { Reading } from './reading.ts'
import { commandsOfPod, type PodCommandRow } from './sql/commands.ts'
import { decisionsBehind, standingDecisions } from './sql/decisions.ts'
import { placementsOfPod } from './sql/placement-stories.ts'

/** Stories of one name that are told at most: the newest. */
const storiesMax = 10
const commandsMax = 100

/** The stories of a pod's name, newest first; empty when nothing of it is on record. */
export async function podStories(reading: Reading, namespace: string, pod: string): Promise<PodStory[]> {
  const { session, cluster } = reading
  const placements = await run(session, placementsOfPod, { cluster, namespace, pod, limit: storiesMax })
  const rows = await run(session, commandsOfPod, { cluster, namespace, pod, limit: commandsMax })
  const acts = await actsOf(reading, rows)
  const creations = rows.filter(({ type }) => type === 'CreatePod')
  const stories = placements.map((placement): Unstanding => {
    const creation = creations.find(({ id }) => id === placement.openedBy)
    const ending = placement.closed?.by ?? placement.ending?.command ?? null
    return {
      daemonSet: { namespace: placement.namespace, ...placement.daemonSet },
      node: placement.node,
      placement,
      created: creation ? (acts.get(creation.id) ?? null) : null,
      ended: ending === null ? null : (acts.get(ending) ?? null),
    }
  })
  const unseen = creations
    .filter(({ id }) => !placements.some(({ openedBy }) => openedBy === id))
    .map(({ id, daemonSet, node }): Unstanding => {
      return { daemonSet, node, placement: null, created: acts.get(id) ?? null, ended: null }
    })
  const newest = [...stories, ...unseen].sort((a, b) => beginningOf(b) - beginningOf(a)).slice(0, storiesMax)
  return await withStanding(reading, newest)
}

type Unstanding = Omit<PodStory, 'standing'>
type Act = { readonly command: CommandRecord; readonly decision: DecisionRecord | null }

const beginningOf = ({ placement, created }: { placement: Placement | null; created: Act | null }): number =>
  created?.command.position ?? placement?.openedPosition ?? 0

async function actsOf(reading: Reading, rows: readonly PodCommandRow[]): Promise<ReadonlyMap<string, Act>> {
  if (rows.length === 0) return new Map()
  const plain = rows.map(({ daemonSet, point, ...row }) => row)
  const commands = await commandRecords(reading, plain)
  const behind = await run(reading.session, decisionsBehind, { cluster: reading.cluster, commands })
  const decisions = await decisionRecords(reading, behind)
  return new Map(
    commands.map(command => {
      const decision = decisions.find(({ commands: issued }) => issued.some(({ id }) => id === command.id))
      return [command.id, { command, decision: decision ?? null }]
    }),
  )
}

/** Adds the decision that stands for each story's slot. */
async function withStanding(reading: Reading, stories: readonly Unstanding[]): Promise<PodStory[]> {
  const { session, cluster } = reading
  const nodes = Map.groupBy(stories, ({ node }) => node)
  const standing = new Map<string, DecisionRecord>()
  for (const [node, ofNode] of nodes) {
    if (node === null) continue
    const daemonSetUids = [...new Set(ofNode.map(({ daemonSet }) => daemonSet.uid))]
    const rows = await run(session, standingDecisions, { cluster, node, daemonSetUids })
    for (const decision of await decisionRecords(reading, rows)) {
      standing.set(`${decision.daemonSet.uid}/${node}`, decision)
    }
  }
  return stories.map(story => ({ ...story, standing: standing.get(`${story.daemonSet.uid}/${story.node}`) ?? null }))
}
