import type { AuditStore, OpenDecision, ShadowStore } from '@rollcall/store'
import type { EmbeddedCluster, ShadowDifference, ShadowDifferences } from './contract.ts'

const decided = { create: 'createPod', delete: 'deletePod' } as const

/** Of a cluster, what `ShadowStore` gives at most. */
const openDecisionsMax = 1_000
/** However often it is asked. */
const askEveryMs = 2_000

export type ShadowPorts = {
  readonly clusters: readonly EmbeddedCluster[]
  readonly record: Pick<AuditStore, 'heads'>
  readonly shadow: Pick<ShadowStore, 'openDecisions'>
  /** Milliseconds since the Unix epoch. */
  readonly now: () => number
}

type Asked = {
  readonly graceMs: number
  readonly lookedAt: number
  readonly heads: string
  /** When these heads were first seen: what was decided by then is a difference once the grace has run out. */
  readonly movedAt: number
  readonly readAt: number
  readonly found: ShadowDifferences
}

/**
 * Where observed clusters' own controllers have done otherwise for longer than `graceMs`. The record is read when a stream
 * has gone on, and once more when the grace of what was decided last runs out. The returned function throws StoreError.
 */
export function createShadowDifferences({ clusters, record, shadow, now }: ShadowPorts) {
  const observed = clusters.filter(({ mode }) => mode === 'observe').map(({ name }) => name)
  let last: Asked | null = null

  return async (graceMs: number): Promise<ShadowDifferences> => {
    if (observed.length === 0) return { items: [], isCut: false }
    const at = now()
    const before = last?.graceMs === graceMs ? last : null
    if (before && at - before.lookedAt < askEveryMs) return before.found
    const heads = JSON.stringify([...(await record.heads(observed))])
    const movedAt = before?.heads === heads ? before.movedAt : at
    const isRipe = before !== null && before.readAt > movedAt + graceMs
    const isStale = before?.heads !== heads || (!isRipe && at > movedAt + graceMs)
    const asked = { graceMs, lookedAt: at, heads, movedAt }
    last =
      before && !isStale
        ? { ...before, ...asked }
        : { ...asked, readAt: at, found: await read(shadow, observed, at - graceMs) }
    return last.found
  }
}

async function read(
  shadow: ShadowPorts['shadow'],
  clusters: readonly string[],
  before: number,
): Promise<ShadowDifferences> {
  const found = await Promise.all(
    clusters.map(async name => {
      const open = await shadow.openDecisions(name, before)
      return { items: open.map(decision => differenceOf(name, decision)), isCut: open.length >= openDecisionsMax }
    }),
  )
  return { items: found.flatMap(({ items }) => items), isCut: found.some(({ isCut }) => isCut) }
}

function differenceOf(cluster: string, decision: OpenDecision): ShadowDifference {
  const { namespace, daemonSet, node, action, rule, at } = decision
  return {
    cluster,
    namespace,
    daemonSet,
    node,
    decided: decided[action],
    rule,
    since: at,
    sentence:
      action === 'create'
        ? `${namespace}/${daemonSet} has no pod on ${node}, where Rollcall would have created one (${rule})`
        : `${namespace}/${daemonSet} has a pod on ${node} that Rollcall would have deleted (${rule})`,
  }
}
