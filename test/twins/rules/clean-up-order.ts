import type { Difference } from '../compare.ts'
import type { Picture } from '../picture.ts'
import { daemonSetTitled, hashOfPod, type PicturedDaemonSet, podsOf, revisionsOf } from './pictured.ts'
import type { Context, Rule } from './rule.ts'

/**
 * Over the history limit the oldest revision goes that no pod is of any more (spec §4.8). Where a rollout ends the last pods of two
 * revisions at once, the older one stays when its pod is the last to end, and the newer one goes in its place: on either side.
 */
export const cleanUpOrder: Rule = {
  id: 'race-clean-up-order',
  because:
    'two revisions lost their pods in one rollout: which of them is over the limit depends on which pod ended first',
  explains: (differences, context) =>
    titlesIn(context.pictures.builtIn).flatMap(title => explainsOf(title, differences, context)),
}

const titlesIn = (picture: Picture): string[] =>
  [...picture].filter(([at]) => /^daemonset\/[^/]+\/title$/.test(at)).map(([, title]) => JSON.parse(title) as string)

function explainsOf(
  title: string,
  differences: readonly Difference[],
  { pictures, before }: Context,
): readonly Difference[] {
  const [theirs, ours] = [pictures.builtIn, pictures.rollcall].map(picture => daemonSetTitled(picture, title))
  if (!theirs || !ours || theirs.spec !== ours.spec || before === null) return []
  const [kept, others] = [oldIn(pictures.builtIn, theirs), oldIn(pictures.rollcall, ours)]
  const odd = [...[...kept].filter(name => !others.has(name)), ...[...others].filter(name => !kept.has(name))]
  const isAtLimit = [kept, others].every(({ size }) => size === theirs.revisionHistoryLimit)
  if (odd.length === 0 || !isAtLimit || !odd.every(name => hadPods(name, theirs, before) || hasDiffered(name, before)))
    return []
  return differences.filter(({ at }) => odd.some(name => at.startsWith(`revision/${name}/`)))
}

/** Names of the revisions that are not the present one. */
const oldIn = (picture: Picture, daemonSet: PicturedDaemonSet): ReadonlySet<string> =>
  new Set(revisionsOf(picture, daemonSet).flatMap(({ name, isCurrent }) => (isCurrent ? [] : [name])))

/** Before the step it was there on both sides, with pods. */
function hadPods(
  name: string,
  { title }: PicturedDaemonSet,
  before: { readonly builtIn: Picture; readonly rollcall: Picture },
): boolean {
  return [before.builtIn, before.rollcall].every(picture => {
    const daemonSet = daemonSetTitled(picture, title)
    const hash = daemonSet && revisionsOf(picture, daemonSet).find(revision => revision.name === name)?.hash
    return typeof hash === 'string' && [...podsOf(picture, title).values()].some(pod => hashOfPod(pod) === hash)
  })
}

/** It has been explained already. */
const hasDiffered = (name: string, before: { readonly builtIn: Picture; readonly rollcall: Picture }): boolean =>
  before.builtIn.has(`revision/${name}/owners`) !== before.rollcall.has(`revision/${name}/owners`)
