import { expect, test } from 'vitest'
import { createRandom } from '../cluster/random.ts'
import { createObjectStore } from './create-object-store.ts'
import { ahead, dumpStore } from './dump.ts'

const clock = { now: () => 1_000_000_000_000 }

function filled() {
  const store = createObjectStore({ clock, random: createRandom('first') })
  const node = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n1', labels: { a: 'b' } } }
  store.create('nodes', '', node)
  store.change('nodes', '', 'n1', present => ({ ...present, spec: { unschedulable: true } }))
  return store
}

test('a restored store holds the same objects, and goes on counting where it was', () => {
  const before = filled()
  const dump = JSON.parse(JSON.stringify(dumpStore(before)))
  const after = createObjectStore({ clock, random: createRandom('second'), restored: dump })
  expect(dumpStore(after)).toEqual(dump)
  expect(after.clusterUid).toBe(before.clusterUid)
  const changed = after.change('nodes', '', 'n1', present => ({ ...present, spec: {} }))
  expect(Number(changed.metadata.resourceVersion)).toBe(dump.revision + 1)
})

test('watches resume from its end, and nothing before', () => {
  const before = filled()
  const dump = dumpStore(before)
  const after = createObjectStore({ clock, random: createRandom('second'), restored: dump })
  const seen: string[] = []
  after.watch('nodes', String(dump.revision), ({ object }) => seen.push(object.metadata.name))
  after.create('nodes', '', { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n2' } })
  expect(seen).toEqual(['n2'])
  expect(() => after.watch('nodes', String(dump.revision - 1), () => undefined)).toThrow(/too old resource version/)
})

test('put ahead, every object is newer than anything that was seen', () => {
  const dump = dumpStore(filled())
  const later = ahead(dump, 1_000)
  const versions = later.objects.map(({ object }) => Number(object.metadata.resourceVersion))
  expect(Math.min(...versions)).toBeGreaterThan(dump.revision + 1_000)
  expect(new Set(versions).size).toBe(versions.length)
  expect(later.revision).toBe(Math.max(...versions))
})
