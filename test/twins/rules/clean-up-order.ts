import type { Difference } from '../compare.ts'
import type { Picture } from '../picture.ts'
import { daemonSetTitled, hashOfPod, type PicturedDaemonSet, podsOf, revisionsOf } from './pictured.ts'
import type { Context, Pictures, Rule } from './rule.ts'
import { updateOrder } from './update-order.ts'

const id = 'race-clean-up-order'

/**
 * Over the history limit the oldest revision goes that no pod is of any more (spec §4.8). Where a rollout ends the last pods of two
 * revisions, the older one stays when its pod is the last to end, and the newer one goes in its place: on either side.
 */
export const cleanUpOrder: Rule = {
  id,
  leavesUneven: true,
  because:
    'two revisions lost their pods in one rollout: which of them is over the limit depends on which pod ended first',
  explains: (differences, context) =>
    titlesIn(context.pictures.builtIn).flatMap(title => explainsOf(title, differences, context)),
}

const titlesIn = (picture: Picture): string[] =>
  [...picture].filter(([at]) => /^daemonset\/[^/]+\/title$/.test(at)).map(([, title]) => JSON.parse(title) as string)

function explainsOf(title: string, differences: readonly Difference[], context: Context): readonly Difference[] {
  const { pictures, before, uneven } = context
  const [theirs, ours] = [pictures.builtIn, pictures.rollcall].map(picture => daemonSetTitled(picture, title))
  if (!theirs || !ours || theirs.spec !== ours.spec || before === null) return []
  const [kept, others] = [oldIn(pictures.builtIn, theirs), oldIn(pictures.rollcall, ours)]
  const odd = [...[...kept].filter(name => !others.has(name)), ...[...others].filter(name => !kept.has(name))]
  if ([kept, others].some(({ size }) => size !== theirs.revisionHistoryLimit)) return []
  const known = uneven.get(title) ?? new Set()
  // A rollout that stood still has left other pods on either side: then one of them may be the last of its revision there alone.
  const lost = (name: string) => hadPods(name, title, before, known.has(updateOrder.id) ? 1 : 2)
  if (!odd.every(name => lost(name) || (known.has(id) && hasDiffered(name, before)))) return []
  return differences.filter(({ at }) => odd.some(name => at.startsWith(`revision/${name}/`)))
}

/** Names of the revisions that are not the present one. */
const oldIn = (picture: Picture, daemonSet: PicturedDaemonSet): ReadonlySet<string> =>
  new Set(revisionsOf(picture, daemonSet).flatMap(({ name, isCurrent }) => (isCurrent ? [] : [name])))

/** Before the step it was there on both sides, and had pods on so many of them. */
function hadPods(name: string, title: string, { builtIn, rollcall }: Pictures, sidesMin: number): boolean {
  const found = [builtIn, rollcall].map(picture => {
    const daemonSet = daemonSetTitled(picture, title)
    const revision = daemonSet && revisionsOf(picture, daemonSet).find(each => each.name === name)
    const hasPods = [...podsOf(picture, title).values()].some(pod => hashOfPod(pod) === revision?.hash)
    return { isThere: revision?.hash !== undefined, hasPods }
  })
  return found.every(({ isThere }) => isThere) && found.filter(({ hasPods }) => hasPods).length >= sidesMin
}

const hasDiffered = (name: string, { builtIn, rollcall }: Pictures): boolean =>
  builtIn.has(`revision/${name}/owners`) !== rollcall.has(`revision/${name}/owners`)
