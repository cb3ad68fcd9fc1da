import { type Event, kinds, type PodFacts } from '@rollcall/contracts'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type ClusterState, createState, evolve, fingerprint, needsDecision } from './index.ts'
import { aPod, cluster } from './testing/objects.ts'
import { stories, story, strategies } from './testing/stories.ts'

const at = 1_000_000
const share = fc.double({ min: 0, max: 1, noNaN: true })

test('what is told a second time folds to nothing, wherever it begins and wherever it is cut off', () => {
  fc.assert(
    fc.property(stories, strategies, fc.boolean(), share, (steps, strategy, comesToRest, from) => {
      const world = story(steps, strategy)
      if (comesToRest) world.run()
      const { state } = world
      while (needsDecision(state)) world.decideNow()
      const told = [...world.told]
      const before = fingerprint(state)
      for (const event of told.slice(Math.floor(from * told.length))) {
        expect(evolve(state, event), JSON.stringify(event)).toBeNull()
        expect(needsDecision(state)).toBe(false)
      }
      expect(fingerprint(state)).toBe(before)
    }),
    { numRuns: 300 },
  )
})

describe('two watchers at a time', () => {
  /** What happens to three pods: each number makes or changes one (0 to 2), or ends one (3 to 5). */
  const history = fc.array(fc.nat({ max: 5 }), { minLength: 1, maxLength: 30, size: 'max' })
  const plot = fc.record({
    history,
    tookOver: share,
    from: share,
    ended: share,
    turns: fc.infiniteStream(fc.boolean()),
  })

  test('of which the second goes on from before where the first had got to: nothing that has gone comes back', () => {
    fc.assert(
      fc.property(plot, ({ history, tookOver, from, ended, turns }) => {
        const events = changesOf(history)
        const told = Math.floor(tookOver * events.length)
        const lost = told + Math.ceil(ended * (events.length - told))
        const state = listed()
        const gone = new Set<string>()
        for (const event of [
          ...events.slice(0, told),
          ...mixed(events.slice(told, lost), events.slice(Math.floor(from * told)), turns),
        ]) {
          evolve(state, event)
          if (event.type === 'PodGone') gone.add(event.uid)
          for (const { facts } of state.pods.values()) expect(gone.has(facts.uid)).toBe(false)
        }
        expect(versionsOf(state)).toEqual(standing(events).map(versionOf))
      }),
      { numRuns: 300 },
    )
  })

  test('of which the second lists anew: in the end all is known', () => {
    fc.assert(
      fc.property(plot, ({ history, tookOver, from, ended, turns }) => {
        const events = changesOf(history)
        const told = Math.floor(tookOver * events.length)
        const lost = told + Math.ceil(ended * (events.length - told))
        // It lists what is there by then: all that was told, and perhaps more.
        const seen = told + Math.floor(from * (events.length - told))
        const state = listed()
        const second = [...listOf(events.slice(0, seen)), ...events.slice(seen)]
        for (const event of [...events.slice(0, told), ...mixed(events.slice(told, lost), second, turns)]) {
          evolve(state, event)
        }
        expect(versionsOf(state)).toEqual(standing(events).map(versionOf))
      }),
      { numRuns: 300 },
    )
  })
})

/** The changes of three pods as a watch tells them. */
function changesOf(history: readonly number[]): Event[] {
  const uids = new Map<string, string>()
  return history.flatMap((number, index): Event[] => {
    const name = `pod-${number % 3}`
    const resourceVersion = String(101 + index)
    const uid = uids.get(name)
    if (number < 3) {
      const pod = aPod(name, { uid: uid ?? `${name}-${resourceVersion}`, resourceVersion })
      uids.set(name, pod.uid)
      return [{ type: 'PodObserved', cluster, at, pod, by: null }]
    }
    if (uid === undefined) return []
    uids.delete(name)
    return [{ type: 'PodGone', cluster, at, namespace: 'default', name, uid, resourceVersion }]
  })
}

/** The pods that are there after these changes, by name. */
function standing(events: readonly Event[]): PodFacts[] {
  const pods = new Map<string, PodFacts>()
  for (const event of events) {
    if (event.type === 'PodObserved') pods.set(event.pod.name, event.pod)
    else if (event.type === 'PodGone') pods.delete(event.name)
  }
  return [...pods.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
}

function listOf(events: readonly Event[]): Event[] {
  const pods = standing(events)
  const last = events.at(-1)
  const resourceVersion = last?.type === 'PodObserved' ? last.pod.resourceVersion : goneAt(last)
  const list = { cluster, at, kind: 'Pod', relist: 'second' } as const
  return [
    { type: 'RelistStarted', ...list, historyReset: false },
    { type: 'RelistListed', ...list, objects: pods.map(({ namespace, name, uid }) => ({ namespace, name, uid })) },
    ...pods.map((pod): Event => ({ type: 'PodObserved', cluster, at, pod, by: null })),
    { type: 'RelistCompleted', ...list, resourceVersion },
  ]
}

const goneAt = (event: Event | undefined) => (event?.type === 'PodGone' ? event.resourceVersion : '100')

/** A cluster whose every kind was listed, and was empty. */
function listed(): ClusterState {
  const state = createState(cluster)
  const identity = {
    clusterUid: 'c1',
    serverVersion: 'v1',
    mode: 'control',
    overridesAsked: false,
    guard: null,
    creationRate: null,
  } as const
  evolve(state, { type: 'ClusterIdentified', cluster, at, ...identity })
  for (const kind of kinds) {
    const list = { cluster, at, kind, relist: 'first' }
    evolve(state, { type: 'RelistStarted', ...list, historyReset: false })
    evolve(state, { type: 'RelistCompleted', ...list, resourceVersion: '100' })
  }
  return state
}

/** Both in their own order, by turns. */
function mixed(first: readonly Event[], second: readonly Event[], turns: Iterator<boolean>): Event[] {
  const [left, right] = [[...first], [...second]]
  const all: Event[] = []
  while (left.length + right.length > 0) {
    const queue = left.length === 0 || (right.length > 0 && turns.next().value) ? right : left
    all.push(queue.shift() as Event)
  }
  return all
}

const versionOf = ({ uid, resourceVersion }: PodFacts) => `${uid} at ${resourceVersion}`
const versionsOf = ({ pods }: ClusterState) => [...pods.values()].map(({ facts }) => versionOf(facts)).sort()
