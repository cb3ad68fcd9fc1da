import type { Event, TemplateFacts } from '@rollcall/contracts'
import type { ClusterState } from '@rollcall/daemonset'
import { type Core, presentCore } from '../core.ts'
import { ReplayError } from '../errors.ts'
import { foldEntry, isAfter, type OnProgress, report, stateAt } from '../fold.ts'
import type { LedgerSource, Moment } from '../source.ts'
import { Agenda } from './agenda.ts'
import { type Change, Changes } from './changes.ts'
import { ClusterModel } from './cluster-model.ts'
import { type Latencies, LatencyLearner } from './latencies.ts'
import { type Outside, OutsideReader } from './outside.ts'
import { type Timeline, TimelineRecorder } from './timeline.ts'

export type WhatIfOptions = {
  /** What is changed is so from here on. */
  readonly from: Moment
  /** Compared up to here. Default: the end of the record, and as long beyond it as something goes on (an hour at most). */
  readonly to?: Moment
  readonly changes: readonly Change[]
  /** The rules to decide with. Default: those of this checkout. */
  readonly core?: Core
  readonly onProgress?: OnProgress
}

export type WhatIf = {
  readonly cluster: string
  readonly source: string
  readonly core: string
  readonly from: { readonly position: number; readonly time: number }
  /** Time up to which both were followed, and the time at which the record ends. */
  readonly to: number
  readonly recordEnds: number
  readonly recorded: Timeline
  readonly alternative: Timeline
  /** The same simulation with nothing changed: where it is not as the record, the model does not know enough. */
  readonly control: Timeline
}

/** Positions before the beginning from which is learned how long things take. */
const learnedBefore = 20_000
const settleMsMax = 3_600_000
const stepsMax = 2_000_000

/**
 * Decides anew from a moment of the record on, with something changed: what came from outside happens as recorded, what the
 * cluster answered is simulated. @throws ReplayError on a moment that is not on record, or a change that cannot be made
 */
export async function whatIf(source: LedgerSource, options: WhatIfOptions): Promise<WhatIf> {
  const { from, changes, core = presentCore, onProgress } = options
  const told = onProgress ? { onProgress } : {}
  const recordedState = await stateAt(source, from, told)
  expectBegin(source, recordedState)
  const beginning = { position: recordedState.position, time: timeOf(from, recordedState) }
  const states = {
    alternative: await stateAt(source, from, { ...told, core }),
    alternativeModel: await stateAt(source, from),
    control: await stateAt(source, from),
  }
  const { outside, latencies, templates, timeline, endsAt } = await readRecord(
    source,
    recordedState,
    options,
    beginning.time,
  )
  expectDroppable(source, changes, outside)
  const end = options.to === undefined ? { at: endsAt + settleMsMax, isFixed: false } : { at: endsAt, isFixed: true }
  const run = (of: { core: Core; state: ClusterState; model: ClusterState; changes: readonly Change[] }) =>
    simulate({ ...of, outside, latencies, templates, from: beginning.time, end })
  const alternative = run({ core, state: states.alternative, model: states.alternativeModel, changes })
  const control = run({ core: presentCore, state: states.control, model: states.control, changes: [] })
  const to = end.isFixed ? end.at : Math.max(endsAt, alternative.restsAt, control.restsAt)
  return {
    cluster: source.cluster,
    source: source.name,
    core: core.version,
    from: beginning,
    to,
    recordEnds: endsAt,
    recorded: timeline.end(to),
    alternative: alternative.timeline.end(to),
    control: control.timeline.end(to),
  }
}

const timeOf = (moment: Moment, { now }: ClusterState): number => ('time' in moment ? Math.max(moment.time, now) : now)

function expectBegin(source: LedgerSource, state: ClusterState): void {
  const isSynced = Object.values(state.relists).every(({ synced }) => synced)
  if (!isSynced || state.clusterUid === null) {
    throw new ReplayError(
      'bad-change',
      `at position ${state.position} of ${source.name} the cluster was not wholly known yet: begin later`,
    )
  }
  if (state.mode === 'observe') {
    throw new ReplayError(
      'bad-change',
      `at position ${state.position} of ${source.name} Rollcall only observed the cluster: what others would have done is not known`,
    )
  }
}

/** The record from the beginning on: what came from outside, how long things take, and what became of the slots. */
async function readRecord(source: LedgerSource, state: ClusterState, options: WhatIfOptions, from: number) {
  const { to, onProgress } = options
  const learner = new LatencyLearner()
  const reader = new OutsideReader(state)
  const timeline = new TimelineRecorder(state, from)
  const outside: Outside[] = []
  const begin = state.position
  const { clusterUid } = state
  let endsAt = from
  for await (const entry of source.readFrom(Math.max(1, begin - learnedBefore))) {
    if (to !== undefined && isAfter(entry, to)) break
    learner.learn(entry)
    if (entry.position <= begin) continue
    report(onProgress, source, entry)
    if (entry.kind === 'decision') {
      timeline.decided(entry.point)
      reader.decided(entry)
      foldEntry(presentCore, state, entry)
      continue
    }
    const effects = presentCore.evolve(state, entry.event)
    if (effects === null)
      throw new ReplayError('broken-record', `${source.name}: position ${entry.position} folds to nothing`)
    if (state.clusterUid !== clusterUid) {
      throw new ReplayError(
        'bad-change',
        `at position ${entry.position} of ${source.name} another cluster answers under the name: end before it, with --to`,
      )
    }
    outside.push(...reader.read(entry.position, entry.event, effects))
    timeline.folded(effects, Math.max(from, state.now))
    endsAt = Math.max(endsAt, state.now)
  }
  if (to !== undefined && 'time' in to) endsAt = Math.max(endsAt, to.time)
  const templates = new Map(learner.templates)
  for (const { facts } of state.daemonSets.values()) templates.set(facts.template.digest, facts.template)
  return { outside, latencies: learner.latencies(), templates, timeline, endsAt }
}

function expectDroppable(source: LedgerSource, changes: readonly Change[], outside: readonly Outside[]): void {
  for (const change of changes) {
    if (change.kind !== 'dropEvent' || outside.some(({ position }) => position === change.position)) continue
    throw new ReplayError(
      'bad-change',
      `event ${change.position} of ${source.name} cannot be dropped: it does not lie in the window, or it tells what the cluster answered, which is simulated. Drop what came from outside: a node's change, an edit of a DaemonSet, a pod that failed`,
    )
  }
}

type Simulation = {
  readonly core: Core
  readonly state: ClusterState
  /** What is there at the beginning; may be `state` itself. */
  readonly model: ClusterState
  readonly changes: readonly Change[]
  readonly outside: readonly Outside[]
  readonly latencies: Latencies
  readonly templates: ReadonlyMap<string, TemplateFacts>
  readonly from: number
  readonly end: { readonly at: number; readonly isFixed: boolean }
}

/** The loop of the reconciler, in virtual time: fold what has come, decide, let the model do the commands. */
function simulate({ core, state, model: begin, changes, outside, latencies, templates, from, end }: Simulation) {
  const agenda = new Agenda()
  let now = from
  let restsAt = from
  const timeline = new TimelineRecorder(state, from)
  const tell = (event: Event): void => {
    const effects = core.evolve(state, event)
    if (effects !== null) timeline.folded(effects, now)
  }
  const model = new ClusterModel(begin, { agenda, latencies, templates, now: () => now, tell })
  const applied = new Changes(changes)
  agenda.plan(from, () => applied.begin(model, from))
  for (const item of outside) agenda.plan(Math.max(from, item.at), () => applied.apply(model, item))
  for (let steps = 0; ; steps++) {
    if (steps > stepsMax)
      throw new ReplayError('too-large', `after ${stepsMax} steps it still goes on: take a smaller window`)
    const wake = core.wakeAt(state)
    const due = wake === null ? null : Math.max(wake, state.now + 1)
    const at = Math.min(agenda.nextAt ?? Number.POSITIVE_INFINITY, due ?? Number.POSITIVE_INFINITY)
    if (at > end.at) break
    now = Math.max(now, at)
    if (due !== null && due <= now && state.now < now) tell({ type: 'Ticked', cluster: state.cluster, at: now, due })
    while (agenda.nextAt !== null && agenda.nextAt <= now) {
      agenda.next()?.()
      restsAt = now
    }
    if (!core.needsDecision(state)) continue
    const point = core.decide(state)
    timeline.decided(point)
    core.applyDecision(state, point)
    for (const command of point.commands) model.execute(command)
  }
  return { timeline, restsAt }
}
