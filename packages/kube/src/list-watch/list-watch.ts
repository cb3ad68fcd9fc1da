import { compareResourceVersions } from '@rollcall/contracts'
import { ApiError, type ClusterApi, type Resource, UnreachableError } from '../cluster-api.ts'
import { resourceVersionOf } from '../watch-stream.ts'
import { backOffMs, defaultBackOff } from './back-off.ts'
import type { ListWatchEvent } from './events.ts'
import { type ListWatchOptions, listWatchDefaults } from './options.ts'
import { ConnectionLife, wait } from './wait.ts'

/**
 * Where a list-watch stands.
 *
 *     empty ──first page──> listing ──last page──> watching ──end, error, silence──> resuming ──> watching
 *       ^                      │ error                │ 410                             │ history went back, 410
 *       └──────────────────────┴──────────────────────┴─────────────────────────────────┘
 *
 * Every error waits for the back-off first, in whatever state it leads to.
 */
type State =
  /** Nothing is known, or what is known can no longer be continued. Left by the first page of a list: listing. */
  | { readonly at: 'empty' }
  /** A list is under way. Left by its last page: watching. By any error: empty, and the list begins anew. */
  | { readonly at: 'listing'; readonly resourceVersion: string; readonly next: string | null }
  /** A watch goes on from here. Left by its end, by an error or by silence: resuming. By 410: empty. */
  | { readonly at: 'watching'; readonly resourceVersion: string }
  /**
   * A watch is to be opened where the last one ended. A server whose history lies behind that point would stay silent
   * until it is reached again, so its present resourceVersion is asked first. Left for watching, or for empty.
   */
  | { readonly at: 'resuming'; readonly resourceVersion: string }

/** What outlives states. */
type Run = {
  readonly api: ClusterApi
  readonly resource: Resource
  readonly options: ListWatchOptions
  /** The last resourceVersion reached, to notice when history goes back; survives relists. */
  known: string | null
  /** History was seen to go back, and no list has been completed since. */
  historyReset: boolean
  /** Failures since a watch last proved alive. */
  failures: number
  /** `any`: over when something succeeds. `watch`: over when a watch delivers; lists did work, and prove nothing. */
  trouble: 'any' | 'watch' | null
}

type Steps<_S extends State> = AsyncGenerator<ListWatchEvent, State, void>
type Step<A extends State['at']> = (run: Run, state: Extract<State, { at: A }>) => Steps<Extract<State, { at: A }>>

/** The watch was opened, and was of no use. */
class DeadWatchError extends UnreachableError {}

/** A watch that lived so long was a good one, even if nothing happened (unless silence was its end). */
const goodWatchMsMin = 30_000

/**
 * Lists and watches one resource until the signal aborts (then it ends quietly). It never gives up on the cluster; it
 * rejects for a defect only. The next event is
 * read only when the consumer asks for it, so a slow consumer slows the connection and nothing piles up here.
 */
export async function* listWatch(
  api: ClusterApi,
  resource: Resource,
  options: ListWatchOptions,
): AsyncGenerator<ListWatchEvent, void, void> {
  const run: Run = {
    api,
    resource,
    options,
    known: options.resourceVersion,
    historyReset: false,
    failures: 0,
    trouble: null,
  }
  const from = options.resourceVersion
  let state: State = from === null ? { at: 'empty' } : { at: 'resuming', resourceVersion: from }
  while (!options.signal.aborted) {
    try {
      state = yield* step(run, state)
    } catch (error) {
      if (options.signal.aborted) return
      state = yield* failed(run, state, operating(error))
    }
  }
}

function step(run: Run, state: State): AsyncGenerator<ListWatchEvent, State, void> {
  switch (state.at) {
    case 'empty':
      return empty(run, state)
    case 'listing':
      return listing(run, state)
    case 'resuming':
      return resuming(run, state)
    case 'watching':
      return watching(run, state)
  }
}

const empty: Step<'empty'> = async function* (run) {
  const { options } = run
  await options.beforeConnect?.(options.signal)
  const page = await listPage(run, null)
  yield* succeeded(run)
  wentBack(run, page.resourceVersion)
  yield { type: 'relistStarted', historyReset: run.historyReset }
  yield { type: 'page', objects: page.items }
  return { at: 'listing', resourceVersion: page.resourceVersion, next: page.next }
}

const listing: Step<'listing'> = async function* (run, state) {
  if (state.next === null) {
    run.known = state.resourceVersion
    run.historyReset = false
    yield { type: 'relistCompleted', resourceVersion: state.resourceVersion }
    return { at: 'watching', resourceVersion: state.resourceVersion }
  }
  const page = await listPage(run, state.next)
  yield { type: 'page', objects: page.items }
  return { ...state, next: page.next }
}

const resuming: Step<'resuming'> = async function* (run, state) {
  const { options } = run
  await options.beforeConnect?.(options.signal)
  const { resourceVersion } = await run.api.list(run.resource, { limit: 1, signal: options.signal })
  yield* succeeded(run)
  if (wentBack(run, resourceVersion)) return { at: 'empty' }
  return { at: 'watching', resourceVersion: state.resourceVersion }
}

const watching: Step<'watching'> = async function* (run, state) {
  const { api, resource, options } = run
  const silenceMsMax = options.silenceMsMax ?? listWatchDefaults.silenceMsMax
  const openedAt = options.clock.now()
  let { resourceVersion } = state
  let alive = false
  let problem: Error | null = null
  const life = new ConnectionLife(options.signal, options.timers, silenceMsMax, () => silence(run, silenceMsMax))
  yield { type: 'watchStarted', resourceVersion }
  try {
    life.listen()
    const timeoutSeconds = watchSecondsOf(options)
    for await (const event of api.watch(resource, { resourceVersion, signal: life.signal, timeoutSeconds })) {
      life.hold()
      if (!alive) yield* delivered(run)
      alive = true
      const version = event.type === 'BOOKMARK' ? event.resourceVersion : resourceVersionOf(event.object)
      if (version) {
        if (wentBack(run, version)) return { at: 'empty' }
        resourceVersion = version
        run.known = version
      }
      if (event.type === 'BOOKMARK') yield { type: 'progressed', resourceVersion }
      else if (event.type === 'DELETED') yield { type: 'gone', object: event.object }
      else yield { type: 'put', object: event.object, added: event.type === 'ADDED' }
      life.listen()
    }
  } catch (error) {
    if (options.signal.aborted) throw error
    problem = operating(error)
  } finally {
    life.end()
  }
  yield { type: 'watchEnded', error: problem }
  alive ||= !(problem instanceof DeadWatchError) && options.clock.now() - openedAt >= goodWatchMsMin
  if (alive) run.failures = 0
  // A good watch that was cut is continued; only if that fails too, the cluster counts as unreachable.
  if (alive && !(problem instanceof ApiError)) {
    if (problem !== null) await backOff(run, problem)
    return { at: 'resuming', resourceVersion }
  }
  const why = problem ?? new DeadWatchError(`${api.cluster} ends every watch of ${resource} at once`)
  return yield* failed(run, { at: 'watching', resourceVersion }, why)
}

/** What a cluster may do to us is waited out; anything else is a defect, and the caller's. */
function operating(error: unknown): Error {
  if (error instanceof ApiError || error instanceof UnreachableError) return error
  throw error
}

/** After an error: says so if it is news, waits, and tells where to go on. */
async function* failed(run: Run, state: State, problem: Error): Steps<State> {
  const expired = problem instanceof ApiError && problem.code === 410
  if (!expired && run.trouble === null) yield { type: 'unreachable', error: problem }
  if (!expired) run.trouble = state.at === 'watching' && isOfWatch(run, problem) ? 'watch' : (run.trouble ?? 'any')
  // The first 410 after a good watch is everyday life: list at once.
  if (expired && run.failures === 0) run.failures = 1
  else await backOff(run, problem)
  if (expired || state.at === 'listing' || state.at === 'empty') return { at: 'empty' }
  return { at: 'resuming', resourceVersion: state.resourceVersion }
}

/**
 * Whether this is trouble with watches alone. A connection that is cut once or twice is not; then a list that works
 * means that all is well again.
 */
function isOfWatch(run: Run, problem: Error): boolean {
  return !(problem instanceof UnreachableError) || problem instanceof DeadWatchError || run.failures >= 3
}

async function backOff(run: Run, problem: Error): Promise<void> {
  const { options } = run
  run.failures += 1
  const retryAfterMs = problem instanceof ApiError ? problem.retryAfterMs : null
  const ms = backOffMs(run.failures, retryAfterMs, options.random, options.backOff ?? defaultBackOff)
  await wait(ms, options.timers, options.signal)
}

/** Something other than a watch succeeded. */
async function* succeeded(run: Run): AsyncGenerator<ListWatchEvent, void, void> {
  if (run.trouble !== 'any') return
  run.trouble = null
  yield { type: 'reachable' }
}

/** A watch delivered its first event. */
async function* delivered(run: Run): AsyncGenerator<ListWatchEvent, void, void> {
  run.failures = 0
  if (run.trouble === null) return
  run.trouble = null
  yield { type: 'reachable' }
}

function listPage(run: Run, next: string | null) {
  const { options } = run
  const limit = options.pageSize ?? listWatchDefaults.pageSize
  return run.api.list(run.resource, { limit, next, signal: options.signal })
}

/** Whether resourceVersions went back; remembered until a list is complete. */
function wentBack(run: Run, resourceVersion: string): boolean {
  run.historyReset ||= run.known !== null && compareResourceVersions(resourceVersion, run.known) < 0
  return run.historyReset
}

function watchSecondsOf(options: ListWatchOptions): number {
  const { min, max } = options.watchSeconds ?? listWatchDefaults.watchSeconds
  return Math.round(min + (max - min) * options.random())
}

function silence(run: Run, ms: number): Error {
  return new DeadWatchError(
    `the watch of ${run.resource} in ${run.api.cluster} said nothing for ${Math.round(ms / 1000)} s, not even a bookmark`,
  )
}
