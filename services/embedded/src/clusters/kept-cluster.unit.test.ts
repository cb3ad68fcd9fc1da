import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '@rollcall/service'
import { createObjectStore, createRandom, dumpStore } from '@rollcall/simulator'
import { afterAll, expect, test } from 'vitest'
import { readCluster, writeCluster } from './kept-cluster.ts'

const dir = mkdtempSync(join(tmpdir(), 'kept-'))
afterAll(() => rmSync(dir, { recursive: true }))

const store = createObjectStore({ clock: systemClock, random: createRandom('1') })
store.create('nodes', '', { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n1' } })

test('nothing was kept of a cluster that was never written', () => {
  expect(readCluster(join(dir, 'none.json'))).toBeNull()
})

test('what was written at the end comes back as it was', () => {
  const file = join(dir, 'east.json')
  writeCluster(file, store, true)
  expect(readCluster(file)).toEqual(JSON.parse(JSON.stringify(dumpStore(store))))
  expect(readdirSync(dir)).toEqual(['east.json'])
})

test('what was written on the way comes back newer than anything that was seen since', () => {
  const file = join(dir, 'west.json')
  writeCluster(file, store, false)
  const before = dumpStore(store)
  const after = readCluster(file)
  expect(after?.revision).toBeGreaterThan(before.revision + 1_000_000)
  expect(after?.objects.map(({ object }) => object.metadata.uid)).toEqual(
    before.objects.map(({ object }) => object.metadata.uid),
  )
})
