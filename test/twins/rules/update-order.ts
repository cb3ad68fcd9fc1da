import type { Difference } from '../compare.ts'
import { generationLabel } from '../objects.ts'
import type { Picture } from '../picture.ts'
import type { Form } from '../step.ts'
import { daemonSetTitled, formOfPod, isSameBut, nodeAt, podsOf } from './pictured.ts'
import { type Context, podOwnerAt, type Rule } from './rule.ts'

const id = 'update-order'

/**
 * A rollout that stands still (its new pods fit nowhere) has replaced as many pods on both sides, by pods that are the same but for
 * their node, and left all others as they were. From then on until all pods are anew, what a step changes has to be the same, too; or
 * one side has kept the very pod that the other one had replaced and has to make again.
 */
export const updateOrder: Rule = {
  id,
  leavesUneven: true,
  because: 'a rollout that stands still has replaced some pods: as many on both sides, but not on the same nodes',
  explains: (differences, context) => {
    const titles = new Set(differences.flatMap(difference => podOwnerAt(difference) ?? []))
    return [...titles]
      .filter(title => isUneven(title, context))
      .flatMap(title => {
        const pods = differences.filter(difference => podOwnerAt(difference) === title)
        return isOnlyOrder(title, context) ? pods : pods.filter(pod => isMadeAgain(pod, context))
      })
  },
}

/** It stands still now, or did and has not levelled since. */
function isUneven(title: string, { pictures, uneven }: Context): boolean {
  const [theirs, ours] = [pictures.builtIn, pictures.rollcall].map(picture => daemonSetTitled(picture, title))
  if (!theirs || !ours || theirs.spec !== ours.spec) return false
  return theirs.isTooBig || uneven.get(title)?.has(id) === true
}

function isOnlyOrder(title: string, { pictures, before }: Context): boolean {
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

/** After a rollback: kept on one side; on the other one in the place of a pod that fitted nowhere, and the same but for its generation. */
function isMadeAgain({ at, builtIn, rollcall }: Difference, { before }: Context): boolean {
  if (builtIn === undefined || rollcall === undefined || before === null) return false
  const wasStuck = (pod: string | undefined) =>
    pod !== undefined && (JSON.parse(formOfPod(pod) ?? '{}') as Partial<Form>).isTooBig === true
  const [theirs, ours] = [before.builtIn.get(at), before.rollcall.get(at)]
  const isKeptOnOne = (theirs === builtIn && wasStuck(ours)) || (ours === rollcall && wasStuck(theirs))
  return isKeptOnOne && isSameBut(generationLabel, builtIn, rollcall)
}
