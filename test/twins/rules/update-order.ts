import type { Difference } from '../compare.ts'
import type { Picture } from '../picture.ts'
import { daemonSetTitled, nodeAt, podsOf } from './pictured.ts'
import { type Context, podOwnerAt, type Rule } from './rule.ts'

const id = 'update-order'

/**
 * A rollout that stands still (its new pods fit nowhere) has replaced as many pods on both sides, by pods that are the same but for
 * their node, and left all others as they were. From then on until all pods are anew, what a step changes has to be the same, too.
 */
export const updateOrder: Rule = {
  id,
  leavesUneven: true,
  because: 'a rollout that stands still has replaced some pods: as many on both sides, but not on the same nodes',
  explains: (differences, context) => {
    const owners = new Set(differences.flatMap(difference => podOwnerAt(difference) ?? []))
    const known = new Set([...owners].filter(title => isOnlyOrder(title, context)))
    return differences.filter((difference: Difference) => known.has(podOwnerAt(difference) ?? ''))
  },
}

function isOnlyOrder(title: string, { pictures, before, uneven }: Context): boolean {
  const [theirs, ours] = [pictures.builtIn, pictures.rollcall].map(picture => daemonSetTitled(picture, title))
  if (!theirs || !ours || theirs.spec !== ours.spec) return false
  if (!theirs.isTooBig && uneven.get(title)?.has(id) !== true) return false
  return (
    podsOf(pictures.builtIn, title).size === podsOf(pictures.rollcall, title).size &&
    changed(pictures.builtIn, before?.builtIn, title) === changed(pictures.rollcall, before?.rollcall, title)
  )
}

/** What the pods of a DaemonSet are that have come or changed with the last step, whatever node they are on. */
function changed(now: Picture, before: Picture | undefined, title: string): string {
  return [...podsOf(now, title)]
    .filter(([at, pod]) => before?.get(at) !== pod)
    .map(([at, pod]) => pod.replaceAll(nodeAt(at), '<node>'))
    .sort()
    .join('\n')
}
