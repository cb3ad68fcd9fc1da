import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { DaemonSet, Kinds, Pod } from './objects.ts'
import { awaitedOf, settle } from './settle.ts'
import type { Side } from './side.ts'

const metadata = (name: string) => ({
  name,
  namespace: 's1',
  uid: `${name}-uid`,
  resourceVersion: '1',
  creationTimestamp: '',
})
const node = { metadata: metadata('n1'), spec: {} }
const daemonSet = (minReadySeconds = 0): DaemonSet => ({
  metadata: { ...metadata('d1'), generation: 1 },
  spec: {
    selector: {},
    template: { metadata: {}, spec: {} },
    updateStrategy: { type: 'OnDelete' },
    minReadySeconds,
    revisionHistoryLimit: 10,
  },
  status: { observedGeneration: 1 },
})
const pod = (status: Pod['status'], more: Partial<Pod['metadata']> = {}): Pod => ({
  metadata: {
    ...metadata('p1'),
    ownerReferences: [{ kind: 'DaemonSet', name: 'd1', uid: 'd1-uid', controller: true }],
    ...more,
  },
  spec: { nodeName: 'n1' },
  status,
})
const ready = (msAgo: number): Pod['status'] => ({
  phase: 'Running',
  conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: new Date(Date.now() - msAgo).toISOString() }],
})

function awaited(objects: Partial<{ [K in keyof Kinds]: readonly Kinds[K][] }>): readonly string[] {
  const all = { Node: [node], DaemonSet: [daemonSet()], ...objects }
  const of = <K extends keyof Kinds>(kind: K) => [...((all as typeof objects)[kind] ?? [])] as Kinds[K][]
  return awaitedOf({ view: { of } }, 's1')
}

describe('a story goes on only when nothing is under way', () => {
  test('a pod that runs and is ready is at rest', () => {
    expect(awaited({ Pod: [pod(ready(60_000))] })).toEqual([])
  })

  test.each(['Failed', 'Succeeded'])('a pod that is %s will be deleted, however late the controller is', phase => {
    expect(awaited({ Pod: [pod({ phase })] })).toEqual(['p1 has ended'])
  })

  test('an ended pod that nobody owns stays', () => {
    expect(awaited({ Pod: [pod({ phase: 'Succeeded' }, { ownerReferences: [] })] })).toEqual([])
  })

  test('a ready pod is awaited until minReadySeconds have passed and the built-in has looked again', () => {
    const waits = (msAgo: number, seconds: number) =>
      awaited({ DaemonSet: [daemonSet(seconds)], Pod: [pod(ready(msAgo))] })
    expect(waits(1_000, 30)).toEqual(['p1 is to become available'])
    expect(waits(31_000, 30)).toEqual(['p1 is to become available'])
    expect(waits(60_000, 30)).toEqual([])
    expect(waits(1_000, 0)).toEqual([])
  })

  test('a generation that was not observed is awaited', () => {
    const changed = { ...daemonSet(), metadata: { ...metadata('d1'), generation: 2 } }
    expect(awaited({ DaemonSet: [changed] })).toEqual(['generation 2 of d1 is not observed'])
  })
})

describe('what Rollcall has not come to yet', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  /** Where nothing but nodes is, and their labels tell the sides apart. */
  function sideWith(name: Side['name']) {
    const seen = { at: Date.now(), rank: '1' }
    const labelled = () => ({ ...node, metadata: { ...node.metadata, labels: { rank: seen.rank } } })
    const view = {
      of: (kind: keyof Kinds) => (kind === 'Node' ? [labelled()] : []),
      changedAt: () => seen.at,
    }
    const api = { get: () => Promise.resolve({ code: 200, body: '{"items":[]}' }) }
    const side = { name, view, api } as unknown as Side
    return { side, change: (rank: string) => Object.assign(seen, { at: Date.now(), rank }) }
  }

  async function settled(onPass: (change: (rank: string) => unknown) => void) {
    const [theirs, ours] = [sideWith('built-in'), sideWith('Rollcall')]
    theirs.change('2')
    let passes = 0
    const fence = {
      pass: async () => {
        passes += 1
        onPass(ours.change)
      },
    }
    const stage = { story: 's1', builtIn: theirs.side, rollcall: ours.side, fence, hashes: new Map(), waits: new Map() }
    const end = settle(stage, () => 'known')
    await vi.advanceTimersByTimeAsync(60_000)
    return { differences: (await end).differences.length, passes }
  }

  test('is no difference: it has to pass the fence first, and what it does then is waited for', async () => {
    expect(await settled(change => change('2'))).toEqual({ differences: 0, passes: 1 })
  })

  test('is waited for anew each time something happens', async () => {
    const ranks = ['3', '4', '2']
    expect(await settled(change => change(ranks.shift() ?? ''))).toEqual({ differences: 0, passes: 3 })
  })

  test('what differs beyond the fence differs', async () => {
    expect(await settled(() => undefined)).toEqual({ differences: 1, passes: 1 })
  })
})
