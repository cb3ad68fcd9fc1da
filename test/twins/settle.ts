import { compare, type Difference } from './compare.ts'
import type { Fence } from './fence.ts'
import { type DaemonSet, isReady, type Node, nodeOf, ownerOf, type Pod, readySince } from './objects.ts'
import { type Hashes, type Picture, pictureOf } from './picture.ts'
import { revisionBytes } from './revision-bytes.ts'
import type { Side } from './side.ts'

/** The twins in one story. */
export type Stage = {
  readonly story: string
  readonly builtIn: Side
  readonly rollcall: Side
  /** In Rollcall's cluster. */
  readonly fence: Fence
  readonly hashes: ReadonlyMap<Side, Hashes>
  /** Is added to. */
  readonly waits: Map<string, number>
}

/** What was waited for → how long, in ms: where the time of a story goes. */
export type Waits = ReadonlyMap<string, number>

export type Settled = {
  readonly pictures: { readonly builtIn: Picture; readonly rollcall: Picture }
  readonly differences: readonly Difference[]
  /** What one of them was still waiting for when the limit had passed; empty: both were at rest. */
  readonly awaited: readonly string[]
}

/** No watch has told anything for so long. More than a second, so that creation timestamps tell steps apart. */
const quietMs = 1_100
/** How a difference is seen: `old`: known, and not changed by the step; `known`: explained by a rule; `unknown`: by none. */
export type Judgement = 'old' | 'known' | 'unknown'

/** So long nothing happens before a difference counts as one that stays. */
const patienceMs: Readonly<Record<Judgement, number>> = { old: quietMs, known: 2_000, unknown: 12_000 }
/** The back-off of failed pods is the longest wait; a story does not reach more of it than this. */
const limitMs = 90_000
const lookEveryMs = 50
/** So long a kubelet may take. */
const kubeletMs = 5_000
/** The built-in looks again a second after minReadySeconds have passed (spec §3.8); and times are whole seconds. */
const wakeMs = 2_000

/**
 * Waits until both sides are at rest: nothing has changed for a while, every generation is observed, and no pod is under
 * way; and until they are equal, or have differed for long, although Rollcall has come to all that happened.
 */
export async function settle(stage: Stage, judgementOf: (settled: Settled) => Judgement): Promise<Settled> {
  const { builtIn, rollcall, story, fence } = stage
  const giveUpAt = Date.now() + limitMs
  let lookedAt = -1
  /** Up to which change the fence was passed, and when. */
  let passed = { at: -1, since: 0 }
  let settled: Settled | null = null
  let at = performance.now()
  const wait = (what: string) => {
    const now = performance.now()
    stage.waits.set(what, (stage.waits.get(what) ?? 0) + now - at)
    at = now
  }
  for (;;) {
    const changedAt = Math.max(builtIn.view.changedAt(story), rollcall.view.changedAt(story))
    const quiet = Date.now() - changedAt
    const awaited = [builtIn, rollcall].flatMap(side => awaitedOf(side, story).map(what => `${side.name}: ${what}`))
    const isOver = Date.now() > giveUpAt
    if (isOver || (quiet >= quietMs && awaited.length === 0)) {
      if (settled === null || lookedAt !== changedAt || isOver) settled = { ...(await look(stage)), awaited }
      lookedAt = changedAt
      if (isOver || settled.differences.length === 0) return settled
      const judgement = judgementOf(settled)
      if (quiet >= patienceMs[judgement]) {
        if (judgement === 'old') return settled
        if (passed.at === changedAt) {
          if (Date.now() - passed.since >= quietMs) return settled
        } else {
          // What differs for a while may be what a busy machine has not come to; what it does then is waited for anew.
          await fence.pass()
          passed = { at: changedAt, since: Date.now() }
        }
      }
    }
    await Promise.all([builtIn, rollcall].map(side => nudgeKubelets(side, story)))
    await new Promise(resolve => setTimeout(resolve, lookEveryMs))
    const [first] = awaited
    if (first !== undefined) wait(first.replaceAll(/\S*\d\S*/g, '…'))
    else wait(quiet < quietMs ? 'quiet' : 'a difference to go away')
  }
}

/** KWOK now and then misses a pod that was bound just when its node came: a change of the status has it look again. */
async function nudgeKubelets({ view, api }: Side, story: string): Promise<void> {
  const at = Date.now()
  for (const { metadata, spec, status } of view.of('Pod', story)) {
    const isStuck =
      status.phase === 'Pending' && spec.nodeName !== undefined && metadata.deletionTimestamp === undefined
    if (!isStuck || at - view.changedAt(story) < kubeletMs) continue
    const nudge = { status: { message: `nudged at ${at}` } }
    await api.patch(`/api/v1/namespaces/${story}/pods/${metadata.name}/status`, 'merge', nudge)
  }
}

async function look({ builtIn, rollcall, story, hashes }: Stage): Promise<Omit<Settled, 'awaited'>> {
  const picture = async (side: Side) =>
    pictureOf(side, story, hashes.get(side) ?? new Map(), await revisionBytes(side, story))
  const [theirs, ours] = await Promise.all([picture(builtIn), picture(rollcall)])
  return { pictures: { builtIn: theirs, rollcall: ours }, differences: compare(theirs, ours) }
}

/** What a side has not done yet, whoever is to do it: controller, scheduler, kubelet or garbage collector. */
export function awaitedOf({ view }: { readonly view: Pick<Side['view'], 'of'> }, story: string): string[] {
  const daemonSets = view.of('DaemonSet', story)
  const all = view.of('Node', story)
  const nodes = new Set(all.map(({ metadata }) => metadata.name))
  const isNew = ({ spec }: Node) => spec.taints?.some(({ key }) => key === 'node.kubernetes.io/not-ready') ?? false
  const uids = new Set(daemonSets.map(({ metadata }) => metadata.uid))
  const pods = view.of('Pod', story)
  const isOwned = (object: Pod) => {
    const owner = ownerOf(object)
    return owner?.kind === 'DaemonSet' && !uids.has(owner.uid)
  }
  return [
    ...all.filter(isNew).map(({ metadata }) => `${metadata.name} is to become ready`),
    ...daemonSets.flatMap(daemonSet => awaitedOfDaemonSet(daemonSet)),
    ...pods.flatMap(pod => awaitedOfPod(pod, nodes)),
    ...daemonSets.flatMap(daemonSet => unavailableOf(daemonSet, pods)),
    ...pods.filter(isOwned).map(({ metadata }) => `the garbage collector has ${metadata.name} to delete`),
  ]
}

function awaitedOfDaemonSet({ metadata, spec, status }: DaemonSet): string[] {
  const { name, generation = 0, deletionTimestamp } = metadata
  if (deletionTimestamp !== undefined) return [`${name} is being deleted`]
  if ((status.observedGeneration ?? 0) < generation) return [`generation ${generation} of ${name} is not observed`]
  const { numberReady = 0, numberAvailable = 0 } = status
  return (spec.minReadySeconds ?? 0) > 0 && numberReady !== numberAvailable
    ? [`${name} has pods to become available`]
    : []
}

/** A ready pod beside an older one shows in no number of the status until it is available (spec §5.1). */
function unavailableOf({ metadata, spec }: DaemonSet, pods: readonly Pod[]): string[] {
  const { minReadySeconds = 0 } = spec
  if (minReadySeconds === 0) return []
  const isSoon = (pod: Pod) => {
    const since = readySince(pod)
    return ownerOf(pod)?.uid === metadata.uid && since !== null && Date.now() - since < minReadySeconds * 1000 + wakeMs
  }
  return pods.filter(isSoon).map(pod => `${pod.metadata.name} is to become available`)
}

function awaitedOfPod(pod: Pod, nodes: ReadonlySet<string>): string[] {
  const { metadata, spec, status } = pod
  if (!nodes.has(nodeOf(pod))) return []
  if (metadata.deletionTimestamp !== undefined) return [`${metadata.name} is being deleted`]
  const hasEnded = status.phase === 'Failed' || status.phase === 'Succeeded'
  if (hasEnded && ownerOf(pod)?.kind === 'DaemonSet') return [`${metadata.name} has ended`]
  if (status.phase !== 'Pending') return []
  if (spec.nodeName !== undefined) return isReady(pod) ? [] : [`${metadata.name} is being started`]
  const isJudged = status.conditions?.some(({ type, status: is }) => type === 'PodScheduled' && is === 'False')
  return isJudged ? [] : [`${metadata.name} is to be scheduled`]
}
