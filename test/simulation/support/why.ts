import { sentenceOf } from '@rollcall/cli/sentences'
import { sourceFromStore, stateAt, whyNodeAsOf } from '@rollcall/replay'
import type { Fleet } from './fleet.ts'

/** What `rollcall why node` says of a DaemonSet: of its place on the node, and of what holds its rollout; empty: nothing does. */
export async function whyNode({ store }: Fleet, cluster: string, node: string, daemonSet: string) {
  const source = await sourceFromStore(store, cluster)
  if (!source) throw new Error(`nothing of ${cluster} is on record`)
  const { slots } = await whyNodeAsOf(source, await stateAt(source, { time: Number.MAX_SAFE_INTEGER }), node)
  const slot = slots.find(({ daemonSet: { name } }) => name === daemonSet)
  if (!slot) throw new Error(`${daemonSet} is not known in ${cluster}`)
  const { decision, rollout } = slot
  const held = rollout && ({ daemonSet: slot.daemonSet, node: null, action: 'wait', reason: rollout.reason } as const)
  return { place: decision ? sentenceOf(decision) : '', rollout: held ? sentenceOf(held) : '' }
}
