import { existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '@rollcall/service'
import { createObjectStore, createRandom, dumpStore } from '@rollcall/simulator'
import { afterAll, expect, test } from 'vitest'
import { EmbeddedError } from '../errors.ts'
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

test('what cannot be written leaves nothing beside it, and says which file it is', () => {
  // A folder stands where the file should go.
  const file = join(dir, 'north.json')
  mkdirSync(join(file, 'full'), { recursive: true })
  const write = () => writeCluster(file, store, true)
  expect(write).toThrow(EmbeddedError)
  expect(write).toThrow(`${file} cannot be written`)
  expect(existsSync(`${file}.new`)).toBe(false)
})

test.skipIf(!existsSync('/dev/full'))(
  'a full disk is said in a sentence with its mend, and half a file is removed',
  () => {
    const file = join(dir, 'full.json')
    symlinkSync('/dev/full', `${file}.new`)
    try {
      writeCluster(file, store, false)
      expect.unreachable()
    } catch (error) {
      expect(error).toMatchObject({ code: 'disk-full', mend: expect.stringContaining('free some room') })
    }
    expect(lstatSync(`${file}.new`, { throwIfNoEntry: false })).toBeUndefined()
  },
)

test('a file that is damaged, or of another format, is named, with the mend', () => {
  const file = join(dir, 'south.json')
  const read = (text: string) => () => {
    writeFileSync(file, text)
    readCluster(file)
  }
  for (const text of ['{"format":1,"isLast":tr', 'null', '{"format":1,"isLast":true,"dump":{"revision":1}}']) {
    expect(read(text)).toThrow(EmbeddedError)
    expect(read(text)).toThrow(`${file}, a simulated cluster's objects, is damaged`)
  }
  expect(read('{"format":2}')).toThrow(`${file} was written by another version of rollcall (format 2, not 1)`)
  expect(read('{}')).toThrow('format unknown')
})
