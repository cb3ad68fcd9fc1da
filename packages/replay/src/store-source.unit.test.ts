import type { MemoryStore, StreamCommit } from '@rollcall/store'
import { beforeAll, describe, expect, test } from 'vitest'
import { presentCore } from './core.ts'
import { type LedgerSource, readCapture, replay, sourceFromStore, stateAt, takeCapture, Walk } from './index.ts'
import { filledStore } from './testing/filled-store.ts'
import { recordOf, shortLife, sourceOf } from './testing/records.ts'

/** A record as a store keeps it: with a hash chain, and snapshots now and then. */

const record = recordOf(shortLife())
const last = record.at(-1)?.position ?? 0
const cluster = 'test'

let store: MemoryStore
let source: LedgerSource

beforeAll(async () => {
  store = await filledStore(record)
  const found = await sourceFromStore(store, cluster)
  if (!found) throw new Error('the store holds nothing')
  source = found
})

describe("a store's ledger", () => {
  test('replays in everything, chain and all', async () => {
    expect(await replay(source)).toMatchObject({
      agrees: true,
      events: last,
      points: record.filter(({ kind }) => kind === 'decision').length,
      chain: { ok: true, rows: record.length },
    })
  })

  test('folds to the same states as the record, with and without its snapshots', async () => {
    expect((await store.loadStream(cluster)).snapshot?.position).toBeGreaterThan(0)
    for (let position = 1; position <= last; position++) {
      const expected = presentCore.fingerprint(await stateAt(sourceOf(record), { position }))
      expect(presentCore.fingerprint(await stateAt(source, { position }))).toBe(expected)
    }
  })

  test('is walked from a snapshot on, and back behind it', async () => {
    const walk = await Walk.open(source, last)
    for (let position = last; position > 0; position--) expect((await walk.backward())?.position).toBe(position)
    expect(await walk.backward()).toBeNull()
    await walk.close()
  })

  test('gives a capture that is the same as one of the record', async () => {
    const window = { from: { position: 30 }, to: { position: last - 3 } }
    const ofStore = await takeCapture(source, window)
    expect(ofStore.bytes.equals((await takeCapture(sourceOf(record), window)).bytes)).toBe(true)
    expect(await replay(readCapture('x.rcl', ofStore.bytes).source)).toMatchObject({ agrees: true })
  })

  test('ends where it did when it was opened, although it grows', async () => {
    const half = record.slice(
      0,
      record.findIndex(({ position }) => position > 40),
    )
    const growing = await filledStore(half)
    const opened = await sourceFromStore(growing, cluster)
    if (!opened) throw new Error('the store holds nothing')
    const { owner, nextOffset } = await growing.takeOwnership('reconciler', 'rollcall.events', 0, 'next')
    const next = record.find(({ position, kind }) => position === 41 && kind === 'event')
    if (next?.kind !== 'event') throw new Error('the record is too short')
    const state = await stateAt(sourceOf(half), { position: 40 })
    const effects = presentCore.evolve(state, next.event) as StreamCommit['events'][number]['effects']
    await growing.commitBatch({
      owner,
      nextOffset: (nextOffset ?? 0n) + 1n,
      streams: [
        {
          cluster,
          events: [{ position: 41, event: next.event, offset: nextOffset ?? 0n, effects }],
          decisionPoint: null,
          watchPositions: new Map(),
          snapshot: null,
        },
      ],
      deadLetters: [],
    })
    expect(await replay(opened, { verifyChain: false })).toMatchObject({ events: 40, agrees: true })
    expect((await sourceFromStore(growing, cluster))?.lastPosition).toBe(41)
  })

  test('of which one row was altered does not agree, and the row is named', async () => {
    const altered = await filledStore(record)
    const rows = altered.tables.ledger.get(cluster) ?? []
    const index = rows.findIndex(({ position }) => position === 33)
    const row = rows[index]
    if (!row) throw new Error('there is no row 33')
    const hash = Buffer.from(row.hash)
    hash[0] = (hash[0] ?? 0) ^ 1
    rows[index] = { ...row, hash }
    const opened = await sourceFromStore(altered, cluster)
    if (!opened) throw new Error('the store holds nothing')
    const report = await replay(opened)
    expect(report).toMatchObject({ agrees: false, differing: 0, chain: { ok: false, position: 33 } })
    expect(await replay(opened, { verifyChain: false })).toMatchObject({ agrees: true, chain: null })
  })

  test('of which the beginning is archived answers from its oldest snapshot on, and says where it begins', async () => {
    const archived = await filledStore(record)
    const rows = archived.tables.ledger.get(cluster) ?? []
    archived.tables.ledger.set(
      cluster,
      rows.filter(({ position }) => position >= 25),
    )
    const opened = await sourceFromStore(archived, cluster)
    if (!opened) throw new Error('the store holds nothing')
    for (const position of [25, 26, 60, last]) {
      const expected = presentCore.fingerprint(await stateAt(sourceOf(record), { position }))
      expect(presentCore.fingerprint(await stateAt(opened, { position }))).toBe(expected)
    }
    const words = 'begins at position 25: what was before is archived'
    await expect(stateAt(opened, { position: 24 })).rejects.toThrow(words)
    await expect(replay(opened, { verifyChain: false })).rejects.toThrow(words)
    expect(await replay(opened, { from: { position: 25 }, verifyChain: false })).toMatchObject({ agrees: true })
    // Decisions at the position of a snapshot, but behind it, would be missing.
    archived.tables.ledger.set(
      cluster,
      rows.filter(({ position }) => position > 25),
    )
    await expect(stateAt(opened, { position: 26 })).rejects.toThrow('begins at position 26')
  })

  test('of a cluster that is not on record is none', async () => {
    expect(await sourceFromStore(store, 'elsewhere')).toBeNull()
  })
})
