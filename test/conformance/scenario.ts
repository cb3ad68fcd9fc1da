import type { JsonObject, Kind } from './manifest.ts'
import type { Aged } from './objects.ts'
import type { Need, Ref, Refusal, View } from './world.ts'

/** Which pods: those on these nodes (all nodes when absent), of this name, in this phase, at most so many (the oldest first). */
export type PodsWhere = {
  readonly on?: readonly string[]
  readonly name?: string
  readonly phase?: string
  /** Of the present revision, or of another one. */
  readonly updated?: boolean
  readonly first?: number
}

/** Pods created and deleted by the controller. */
export type Pair = readonly [created: number, deleted: number]

/**
 * What must hold once nothing more happens without time passing. The reference's tables count one sync at a time; what
 * takes it several syncs (a deletion, then the creation in its place) is one pair here.
 */
export type Expectation = {
  /** Since the last expectation that named it. */
  readonly pods?: Pair
  /** One live pod on each of these nodes, and none elsewhere. */
  readonly on?: readonly string[]
  /** Names of pods that exist, live or not; names of pods that do not. */
  readonly stay?: readonly string[]
  readonly gone?: readonly string[]
  /** Names of all pods without a controller. */
  readonly orphans?: readonly string[]
  /** Of the DaemonSet `ds`. */
  readonly status?: { readonly [field: string]: number | undefined }
  /** All Kubernetes Events since the last expectation that named them, SuccessfulCreate and SuccessfulDelete apart. */
  readonly events?: readonly string[]
  /** The numbers of all ControllerRevisions that `ds` controls, ascending. */
  readonly revisions?: readonly number[]
  readonly statusWrites?: number
  /** Anything else that can be seen: a sentence, what to look at, and what it must be. */
  readonly that?: readonly That[]
}
export type That = readonly [sentence: string, look: (view: View, earlier: View | null) => unknown, expected: unknown]

export type Step =
  | { readonly do: 'put'; readonly objects: readonly Aged[] }
  | { readonly do: 'patch'; readonly ref: Ref; readonly patch: JsonObject }
  | { readonly do: 'remove'; readonly ref: Ref; readonly policy: 'Background' | 'Foreground' | 'Orphan' }
  | { readonly do: 'patchPods'; readonly where: PodsWhere; readonly patch: JsonObject }
  | { readonly do: 'removePods' | 'endPods'; readonly where: PodsWhere }
  | { readonly do: 'ready'; readonly where: PodsWhere }
  | { readonly do: 'removeRevision'; readonly number: number }
  | { readonly do: 'silence'; readonly node: string }
  | { readonly do: 'refuse'; readonly refusal: Refusal }
  | { readonly do: 'allow' | 'catchUp' | 'takeOver' }
  | { readonly do: 'late'; readonly kind: Kind }
  | { readonly do: 'pass'; readonly seconds: number }
  | { readonly do: 'settles'; readonly expected: Expectation }

/** These objects are there; in the beginning: before the controller looks for the first time. */
export const given = (...objects: readonly (Aged | readonly Aged[])[]): Step => ({ do: 'put', objects: objects.flat() })
export const put = given
export const patch = (kind: Kind, name: string, change: JsonObject): Step => ({
  do: 'patch',
  ref: { kind, name },
  patch: change,
})
export const remove = (
  kind: Kind,
  name: string,
  policy: 'Background' | 'Foreground' | 'Orphan' = 'Background',
): Step => ({ do: 'remove', ref: { kind, name }, policy })
export const patchPods = (where: PodsWhere, change: JsonObject): Step => ({ do: 'patchPods', where, patch: change })
export const phase = (where: PodsWhere, value: string): Step =>
  patchPods(where, { status: { phase: value, conditions: [] } })
export const removePods = (where: PodsWhere): Step => ({ do: 'removePods', where })
/** A pod that is being deleted is gone at last. */
export const endPods = (where: PodsWhere): Step => ({ do: 'endPods', where })
/** The kubelets report these pods running and ready. */
export const getReady = (where: PodsWhere = {}): Step => ({ do: 'ready', where })
/** The ControllerRevision of `ds` with this number, whatever the controller called it. */
export const removeRevision = (number: number): Step => ({ do: 'removeRevision', number })
export const silence = (node: string): Step => ({ do: 'silence', node })
export const refuse = (what: Refusal['what'], more: Omit<Refusal, 'what'> = {}): Step => ({
  do: 'refuse',
  refusal: { what, ...more },
})
export const allow: Step = { do: 'allow' }
/** The request is done, and its answer lost. */
export const lose = (what: Refusal['what'], times = 1): Step => refuse(what, { times, isLost: true })
/** The controller is not told what becomes of objects of this kind, until it catches up. */
export const late = (kind: Kind): Step => ({ do: 'late', kind })
export const catchUp: Step = { do: 'catchUp' }
/** A controller that knows nothing of before takes the place of the one that was there. */
export const takeOver: Step = { do: 'takeOver' }
export const pass = (seconds: number): Step => ({ do: 'pass', seconds })
/** A pair alone is the most frequent expectation. */
export const settles = (expected: Expectation | Pair): Step => ({
  do: 'settles',
  expected: isPair(expected) ? { pods: expected } : expected,
})

const isPair = (expected: Expectation | Pair): expected is Pair => Array.isArray(expected)

/** One line of the spec's tables (or one half of a ×2 line). */
export type Case = Story | Held

export type Story = {
  readonly id: string
  /** The line, in one sentence. */
  readonly says: string
  /** What tells the cases of one line apart. */
  readonly variant?: string
  readonly steps: readonly Step[]
  /** Must hold at every moment that the world can tell from the one before. */
  readonly always?: readonly That[]
  /** What it takes beyond what its steps show. */
  readonly needs?: readonly Need[]
  /** A kube-apiserver does not take one of its objects: words of its answer. */
  readonly apiRefuses?: string
  /** Rollcall is different here on purpose: the entry of docs/differences.md. The steps say what Rollcall does. */
  readonly differs?: string
}

/** A line about a single function of the reference, whose counterpart here has a unit test for it. */
export type Held = {
  readonly id: string
  readonly says: string
  readonly variant?: string
  /** Where, from the repository's root, and the test's title. */
  readonly file: string
  readonly test: string
}

export const story = (id: string, says: string, ...steps: readonly Step[]): Story => ({ id, says, steps })
export const variant = (id: string, what: string, says: string, ...steps: readonly Step[]): Story => ({
  id,
  variant: what,
  says,
  steps,
})
export const differs = (entry: string, cases: Story): Story => ({ ...cases, differs: entry })
export const held = (id: string, says: string, file: string, test: string): Held => ({ id, says, file, test })
export const always = (that: readonly That[], one: Story): Story => ({ ...one, always: that })
/** The story plays where there is all of this. */
export const where = (needs: readonly Need[], one: Story): Story => ({ ...one, needs })
/** A kube-apiserver would never let it come to this: it is played without one, and with one the answer is looked at. */
export const refusedByApi = (words: string, one: Story): Story => ({ ...one, apiRefuses: words })

export const isStory = (one: Case): one is Story => 'steps' in one
export const isHeld = (one: Case): one is Held => 'file' in one
export const titleOf = ({ id, variant: what, says }: Case): string => `${id}${what ? ` (${what})` : ''} ${says}`
