import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { aPod, aStore } from '../testing/objects.ts'
import { ApiStatusError, type Change, type KubeObject, type ObjectStore } from './object-store.ts'

type Step =
  | { readonly kind: 'create' | 'finish' | 'bind'; readonly name: string }
  | { readonly kind: 'label'; readonly name: string; readonly value: string }
  | { readonly kind: 'delete'; readonly name: string; readonly grace: number }

const name = fc.constantFrom('a', 'b', 'c')

const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constantFrom('create' as const, 'finish' as const, 'bind' as const), name }),
    fc.record({ kind: fc.constant('label' as const), name, value: fc.constantFrom('x', 'y') }),
    fc.record({ kind: fc.constant('delete' as const), name, grace: fc.constantFrom(0, 5, 30) }),
  ),
  { maxLength: 60 },
)

function doStep(store: ObjectStore, step: Step): void {
  switch (step.kind) {
    case 'create':
      store.create('pods', 'default', aPod(step.name, {}, { finalizers: step.name === 'c' ? ['example.com/f'] : [] }))
      return
    case 'label':
      store.change('pods', 'default', step.name, pod => ({
        ...pod,
        metadata: { ...pod.metadata, labels: { value: step.value } },
      }))
      return
    case 'finish':
      store.change('pods', 'default', step.name, pod => ({
        ...pod,
        metadata: { ...pod.metadata, finalizers: [] },
      }))
      return
    case 'bind':
      store.bind('default', step.name, 'n1')
      return
    case 'delete':
      store.delete('pods', 'default', step.name, { gracePeriodSeconds: step.grace })
  }
}

/** Does what can be done; a step that is refused changes nothing. */
function play(store: ObjectStore, all: readonly Step[]): void {
  for (const step of all) {
    const before = store.resourceVersion()
    try {
      doStep(store, step)
    } catch (error) {
      if (!(error instanceof ApiStatusError)) throw error
      expect(store.resourceVersion()).toBe(before)
    }
  }
}

function watched(store: ObjectStore, since: string): readonly Change[] {
  const changes: Change[] = []
  store.watch('pods', since, change => changes.push(change))()
  return changes
}

function folded(base: readonly KubeObject[], changes: readonly Change[]): readonly KubeObject[] {
  const objects = new Map(base.map(object => [object.metadata.name, object]))
  for (const { type, object } of changes) {
    if (type === 'DELETED') objects.delete(object.metadata.name)
    else objects.set(object.metadata.name, object)
  }
  return [...objects.values()].sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))
}

const versionOf = ({ object }: Change) => Number(object.metadata.resourceVersion)

describe('whatever is written', () => {
  test('a list at any time with the changes after it is the list now', () => {
    fc.assert(
      fc.property(steps, steps, (first, second) => {
        const { store } = aStore()
        play(store, first)
        const since = store.resourceVersion()
        const base = store.list('pods', 'default')
        play(store, second)
        expect(folded(base, watched(store, since))).toEqual(store.list('pods', null))
        expect(folded([], watched(store, '0'))).toEqual(store.list('pods', null))
      }),
    )
  })

  test('a watch from any resourceVersion sees exactly the later changes, each once and in order', () => {
    fc.assert(
      fc.property(steps, fc.nat(80), (all, at) => {
        const { store } = aStore()
        const live: Change[] = []
        store.watch('pods', '0', change => live.push(change))
        play(store, all)
        const since = Math.min(at, Number(store.resourceVersion()))
        expect(watched(store, String(since))).toEqual(live.filter(change => versionOf(change) > since))
        const versions = live.map(versionOf)
        expect(versions).toEqual([...new Set(versions)].sort((a, b) => a - b))
      }),
    )
  })

  test('each change carries the state before it', () => {
    fc.assert(
      fc.property(steps, all => {
        const { store } = aStore()
        play(store, all)
        const last = new Map<string, KubeObject>()
        for (const { type, object, before } of watched(store, '0')) {
          expect(before).toBe(last.get(object.metadata.name) ?? null)
          if (type === 'DELETED') last.delete(object.metadata.name)
          else last.set(object.metadata.name, object)
        }
      }),
    )
  })

  test('the history never breaks off silently: a watch gets all changes, or 410', () => {
    fc.assert(
      fc.property(steps, fc.nat(80), fc.integer({ min: 1, max: 5 }), (all, at, historyMax) => {
        const { store } = aStore({ historyMax })
        const live: Change[] = []
        store.watch('pods', '0', change => live.push(change))
        play(store, all)
        const since = Math.min(at, Number(store.resourceVersion()))
        const later = live.filter(change => versionOf(change) > since)
        try {
          expect(watched(store, String(since))).toEqual(later)
        } catch (error) {
          if (!(error instanceof ApiStatusError)) throw error
          expect(error.code).toBe(410)
          expect(later.length).toBeGreaterThan(historyMax)
        }
      }),
    )
  })

  test('a write of what is there changes nothing', () => {
    fc.assert(
      fc.property(steps, all => {
        const { store } = aStore()
        play(store, all)
        const before = store.resourceVersion()
        for (const pod of store.list('pods', null)) {
          store.update('pods', 'default', pod.metadata.name, structuredClone(pod))
          store.update('pods', 'default', pod.metadata.name, structuredClone(pod), 'status')
        }
        expect(store.resourceVersion()).toBe(before)
      }),
    )
  })
})
