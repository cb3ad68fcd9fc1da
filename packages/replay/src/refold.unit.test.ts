import { createMemoryStore, type StreamCommit } from '@rollcall/store'
import { expect, test } from 'vitest'
import { refold } from './index.ts'
import { filledStore } from './testing/filled-store.ts'
import { recordOf, shortLife } from './testing/records.ts'

const cluster = 'test'
const record = recordOf(shortLife())

async function* entriesOf(entries = record) {
  yield* entries
}

test('what a record is folded to anew gives the same projections and the same chain as when it was committed', async () => {
  const recorded = await filledStore(record)
  const rebuilt = createMemoryStore()
  const { owner } = await rebuilt.takeOwnership('reconciler', 'rollcall.events', 0, 'test')
  for await (const commit of refold(cluster, recorded.readLedger(cluster, 1))) {
    const streams: StreamCommit[] = [commit]
    await rebuilt.commitBatch({ owner, nextOffset: 1n, streams, deadLetters: [] })
  }
  const { decisions, commands, settlements, placements, nodes, daemonSets, ends } = recorded.tables
  expect(placements.length).toBeGreaterThan(0)
  expect(rebuilt.tables).toMatchObject({ decisions, commands, settlements, placements, nodes, daemonSets })
  expect(rebuilt.tables.ends.get(cluster)?.headHash).toEqual(ends.get(cluster)?.headHash)
})

test('a record with a hole cannot be folded, and its place is named', async () => {
  const holed = record.filter(({ position }) => position !== 5)
  const fold = async () => {
    for await (const _ of refold(cluster, entriesOf(holed)));
  }
  await expect(fold()).rejects.toThrow(/^stream test at position 6/)
})
