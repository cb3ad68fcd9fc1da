import { isDeepStrictEqual } from 'node:util'
import {
  controllerOf,
  hashLabel,
  isReady,
  isTerminal,
  isTerminating,
  type Manifest,
  nodeOf,
  phaseOf,
} from './manifest.ts'
import type { Expectation, PodsWhere, Step, Story } from './scenario.ts'
import { refOf, type View, type World } from './world.ts'

/** What did not hold, one sentence each, with the step it was found at. */
export type Mismatch = { readonly step: number; readonly what: string }

/** Plays a story in a world, to its end even when something does not hold. */
export async function play(story: Story, world: World): Promise<Mismatch[]> {
  const mismatches: Mismatch[] = []
  let earlier: View | null = null
  const since = { creations: 0, deletions: 0, events: 0, statusWrites: 0 }
  const present = { step: 0 }
  if (story.always) {
    const expected = { that: story.always }
    world.witness(view => {
      for (const what of judge(expected, view, null, since)) mismatches.push({ step: present.step, what })
    })
  }
  for (const [index, step] of story.steps.entries()) {
    present.step = index + 1
    if (step.do !== 'settles') {
      await act(step, world)
      continue
    }
    const before = earlier
    const { view, wrong } = await settled(world, seen => judge(step.expected, seen, before, since))
    for (const what of wrong) mismatches.push({ step: index + 1, what })
    if (step.expected.pods) Object.assign(since, { creations: view.creations, deletions: view.deletions })
    if (step.expected.events) since.events = view.events.length
    if (step.expected.statusWrites !== undefined) since.statusWrites = view.statusWrites
    earlier = view
  }
  return mismatches
}

/** What is seen when it has settled; where what is expected may come later, it is waited for. */
async function settled(world: World, judged: (view: View) => string[]): Promise<{ view: View; wrong: string[] }> {
  const deadline = Date.now() + world.patienceMs
  for (;;) {
    await world.settle()
    const view = await world.view()
    const wrong = judged(view)
    if (wrong.length === 0 || Date.now() >= deadline) return { view, wrong }
  }
}

async function act(step: Exclude<Step, { do: 'settles' }>, world: World): Promise<void> {
  switch (step.do) {
    case 'put':
      return await world.put(step.objects)
    case 'patch':
      return await world.patch(step.ref, step.patch)
    case 'remove':
      return await world.remove(step.ref, step.policy)
    case 'patchPods':
      for (const pod of await podsWhere(world, step.where)) await world.patch(refOf(pod), step.patch)
      return
    case 'removePods':
      for (const pod of await podsWhere(world, step.where)) await world.remove(refOf(pod))
      return
    case 'endPods':
      for (const pod of await podsWhere(world, step.where)) await world.end(refOf(pod))
      return
    case 'ready':
      for (const pod of await podsWhere(world, step.where)) {
        if (!isTerminating(pod) && !isTerminal(pod) && !isReady(pod)) await world.patch(refOf(pod), readyNow)
      }
      return
    case 'removeRevision': {
      const found = ownRevisions(await world.view()).find(({ revision }) => revision === step.number)
      if (!found) throw new Error(`there is no revision ${step.number} to remove`)
      return await world.remove(refOf(found))
    }
    case 'silence':
      return await world.silence(step.node)
    case 'refuse':
      return await world.refuse(step.refusal)
    case 'allow':
      return await world.allow()
    case 'late':
      return await world.late(step.kind)
    case 'catchUp':
      return await world.catchUp()
    case 'takeOver':
      return await world.takeOver()
    case 'pass':
      return await world.pass(step.seconds)
  }
}

/** The world dates what is `@now`. */
const readyNow = {
  status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: '@now' }] },
}

async function podsWhere(world: World, where: PodsWhere): Promise<readonly Manifest[]> {
  const { on, name, phase, updated, first } = where
  const view = await world.view()
  const present = presentHashOf(view)
  const chosen = view.pods
    .filter(pod => on === undefined || on.includes(nodeOf(pod) ?? ''))
    .filter(pod => name === undefined || pod.metadata.name === name)
    .filter(pod => phase === undefined || phaseOf(pod) === phase)
    .filter(pod => updated === undefined || updated === (pod.metadata.labels?.[hashLabel] === present))
    .sort((a, b) => (created(a) < created(b) ? -1 : created(a) > created(b) ? 1 : 0))
  return chosen.slice(0, first)
}

const created = ({ metadata }: Manifest): string => metadata.creationTimestamp ?? ''

type Since = { creations: number; deletions: number; events: number; statusWrites: number }

function judge(expected: Expectation, view: View, earlier: View | null, since: Since): string[] {
  const wrong: string[] = []
  const same = (what: string, found: unknown, wanted: unknown) => {
    if (!isDeepStrictEqual(found, wanted))
      wrong.push(`${what}: expected ${JSON.stringify(wanted)}, found ${JSON.stringify(found)}`)
  }
  const { pods } = view
  const live = pods.filter(pod => !isTerminating(pod))
  const names = pods.map(({ metadata }) => metadata.name)
  if (expected.pods)
    same(
      'pods created and deleted',
      [view.creations - since.creations, view.deletions - since.deletions],
      expected.pods,
    )
  if (expected.on) same('nodes of live pods', live.map(nodeOf).sort(), [...expected.on].sort())
  if (expected.stay)
    same(
      'pods that stay',
      expected.stay.filter(name => !names.includes(name)),
      [],
    )
  if (expected.gone)
    same(
      'pods that go',
      expected.gone.filter(name => names.includes(name)),
      [],
    )
  if (expected.orphans) {
    same(
      'orphans',
      pods.filter(pod => !controllerOf(pod)).map(({ metadata }) => metadata.name),
      [...expected.orphans].sort(),
    )
  }
  if (expected.events) same('events', view.events.slice(since.events), expected.events)
  if (expected.status) {
    const status = view.daemonSets.find(({ metadata }) => metadata.name === 'ds')?.status ?? {}
    for (const [field, wanted] of Object.entries(expected.status)) {
      const none = wanted === 0 && leftOutWhenNone.includes(field) ? 0 : undefined
      same(`status.${field}`, status[field] ?? none, wanted)
    }
  }
  if (expected.revisions) same('revisions', revisionsOf(view), expected.revisions)
  if (expected.statusWrites !== undefined)
    same('status writes', view.statusWrites - since.statusWrites, expected.statusWrites)
  for (const [sentence, look, wanted] of expected.that ?? []) same(sentence, look(view, earlier), wanted)
  return wrong
}

/** Counts that a kube-apiserver does not show when they are 0 (spec §1.1). */
const leftOutWhenNone = ['updatedNumberScheduled', 'numberAvailable', 'numberUnavailable']

function presentHashOf(view: View): string | undefined {
  const present = ownRevisions(view).sort((a, b) => (b.revision ?? 0) - (a.revision ?? 0))[0]
  return present?.metadata.labels?.[hashLabel]
}

function ownRevisions({ revisions, daemonSets }: View): Manifest[] {
  const uid = daemonSets.find(({ metadata }) => metadata.name === 'ds')?.metadata.uid
  return revisions.filter(revision => controllerOf(revision)?.uid === uid)
}

function revisionsOf(view: View): number[] {
  return ownRevisions(view)
    .map(({ revision = 0 }) => revision)
    .sort((a, b) => a - b)
}
