import type { OpenDecision, ShadowStore } from '@rollcall/store'
import type { EmbeddedCluster, ShadowDifference } from './contract.ts'

const decided = { create: 'createPod', delete: 'deletePod' } as const

/** Where observed clusters' own controllers have done otherwise for longer than `graceMs`. @throws StoreError */
export async function readShadowDifferences(
  shadow: ShadowStore,
  clusters: readonly EmbeddedCluster[],
  now: number,
  graceMs: number,
): Promise<readonly ShadowDifference[]> {
  const observed = clusters.filter(({ mode }) => mode === 'observe')
  const found = await Promise.all(
    observed.map(async ({ name }) =>
      (await shadow.openDecisions(name, now - graceMs)).map(decision => differenceOf(name, decision)),
    ),
  )
  return found.flat()
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
