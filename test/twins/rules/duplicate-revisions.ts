import type { Difference } from '../compare.ts'
import { generationLabel, hashLabel } from '../objects.ts'
import type { Picture } from '../picture.ts'
import {
  daemonSetTitled,
  formOfPod,
  hashOfPod,
  isSameBut,
  nodeAt,
  type PicturedDaemonSet,
  podsOf,
  revisionsOf,
} from './pictured.ts'
import { type Context, eventAt, podOwnerAt, type Rule } from './rule.ts'

const id = 'duplicate-revisions'

/**
 * After a revision was copied, the built-in labels every pod with the hash of what it has kept, whatever its template. Such a pod
 * counts as updated from then on: a rollout passes it over, and nothing keeps the revision it is really of. Rollcall's pod keeps its label,
 * and is replaced. Nothing else of the pod may differ, and of the DaemonSet only what counts these very pods.
 */
export const duplicateRevisions: Rule = {
  id,
  leavesUneven: true,
  because: 'the built-in labels pods of older templates as current when it merges duplicates, and never replaces them',
  explains: (differences, context) => {
    const titles = new Set(differences.flatMap(difference => podOwnerAt(difference) ?? []))
    return [...titles].flatMap(title => explainsOf(title, differences, context))
  },
}

function explainsOf(title: string, differences: readonly Difference[], context: Context): readonly Difference[] {
  const { pictures, steps } = context
  const [theirs, ours] = [pictures.builtIn, pictures.rollcall].map(picture => daemonSetTitled(picture, title))
  if (!theirs || !ours || theirs.form !== ours.form) return []
  if (!steps.some(step => step.do === 'copyRevision' && step.daemonSet === theirs.name)) return []
  const pods = differences.filter(
    difference => podOwnerAt(difference) === title && isRelabelled(difference, theirs, context),
  )
  if (pods.length === 0) return []
  const others = differences.filter(
    difference =>
      isMissingEvent(difference, title) ||
      isCountOf(pods.length, difference, theirs) ||
      isKeptRevision(difference, pods, theirs, context),
  )
  return [...pods, ...others]
}

function isRelabelled(difference: Difference, daemonSet: PicturedDaemonSet, context: Context): boolean {
  const { at, builtIn, rollcall } = difference
  const { pictures, before, uneven } = context
  const present = hashesOfPresent(pictures.builtIn, daemonSet)
  // With surge Rollcall starts the new pod beside the old one.
  const theirs = builtIn ?? pictures.builtIn.get(at.replace(/\d+$/, '0'))
  if (theirs === undefined) return false
  const isMislabelled = present.has(hashOfPod(theirs)) && formOfPod(theirs) !== daemonSet.form
  if (rollcall === undefined) return isMislabelled && isLeaving(at, pictures.builtIn)
  const isReplaced =
    formOfPod(rollcall) === daemonSet.form && hashesOfPresent(pictures.rollcall, daemonSet).has(hashOfPod(rollcall))
  if (isMislabelled && isReplaced) return true
  if (builtIn === undefined) return false
  const untouched = before?.rollcall.get(at)
  const hasKeptLabel = untouched !== undefined && hashOfPod(untouched) === hashOfPod(rollcall)
  if (isSameBut(hashLabel, builtIn, rollcall) && present.has(hashOfPod(builtIn)) && hasKeptLabel) return true
  if (uneven.get(daemonSet.title)?.has(id) !== true || untouched !== rollcall) return false
  // Rolled back: the built-in has made anew what is labelled wrongly, and Rollcall's pod was right all the time.
  const isMadeAnew = present.has(hashOfPod(builtIn)) && isSameBut(generationLabel, builtIn, rollcall)
  return isMadeAnew || before?.builtIn.get(at) === builtIn
}

/** Where its node may only keep a pod, a surge ends those it knows as old ones (spec §4.4); this one passes for a new one. */
const isLeaving = (at: string, picture: Picture): boolean =>
  /:NoSchedule"/.test(picture.get(`node/${nodeAt(at)}`) ?? '')

const hashesOfPresent = (picture: Picture, daemonSet: PicturedDaemonSet): ReadonlySet<string | undefined> =>
  new Set(revisionsOf(picture, daemonSet).flatMap(({ isCurrent, hash }) => (isCurrent && hash ? [hash] : [])))

/** The built-in has replaced none yet. */
function isMissingEvent(difference: Difference, title: string): boolean {
  const event = eventAt(difference)
  return (
    event?.title === title &&
    /^Normal Successful(Create|Delete)$/.test(event.reason) &&
    difference.builtIn === undefined
  )
}

/** A number of the status is off by no more than there are such pods. */
function isCountOf(count: number, { at, builtIn, rollcall }: Difference, { name }: PicturedDaemonSet): boolean {
  const counted =
    /^daemonset\/([^/]+)\/status\/(updatedNumberScheduled|number(Ready|Available|Unavailable|Misscheduled))$/.exec(at)
  return counted?.[1] === name && Math.abs(Number(builtIn ?? 0) - Number(rollcall ?? 0)) <= count
}

/** One side keeps an old revision because such a pod carries its hash, and the other has cleaned it up, being over the limit. */
function isKeptRevision(
  { at, builtIn, rollcall }: Difference,
  pods: readonly Difference[],
  daemonSet: PicturedDaemonSet,
  { pictures }: Context,
): boolean {
  const [, name, field] = /^revision\/([^/]+)\/([^/]+)$/.exec(at) ?? []
  if (name === undefined || field === undefined) return false
  const [keeper, cleaner] =
    builtIn === undefined ? (['rollcall', 'builtIn'] as const) : (['builtIn', 'rollcall'] as const)
  if ((cleaner === 'builtIn' ? builtIn : rollcall) !== undefined) return false
  const hash = revisionsOf(pictures[keeper], daemonSet).find(revision => revision.name === name)?.hash
  const isCarried = pods.some(pod => pod[keeper] !== undefined && hashOfPod(pod[keeper]) === hash)
  const isLeft = ![...podsOf(pictures[cleaner], daemonSet.title).values()].some(pod => hashOfPod(pod) === hash)
  const old = revisionsOf(pictures[cleaner], daemonSet).filter(({ isCurrent }) => !isCurrent)
  return hash !== undefined && isCarried && isLeft && old.length >= daemonSet.revisionHistoryLimit
}
