import { expect, test } from 'vitest'
import { withAnchors } from './checkpoints/anchors.ts'
import type { Checkpoint } from './checkpoints/checkpoint.ts'
import { judgeCheckpoints } from './checkpoints/judge.ts'
import { checkpointKey, checkpointSigner, newCheckpointKey } from './checkpoints/keys.ts'
import { createMemoryStore } from './memory/memory-store.ts'
import { batch, podFacts, podSeen, streamCommit, t } from './testing/fixtures.ts'
import { verifyRows, walkStart } from './verify-chain.ts'

/** What anchors tell of, without a database; `verify-chain.int.test.ts` has the rest. */

const cluster = 'c1'
const signer = checkpointSigner(newCheckpointKey())
const keys = [checkpointKey(signer.publicKey)]

/** Positions 1 to 6, signed at 3 and 6. */
async function recorded() {
  const store = createMemoryStore()
  const { owner } = await store.takeOwnership('g', 'rollcall.events', 0, 'p1')
  for (let position = 1; position <= 6; position++) {
    const steps = [podSeen(cluster, t(position), podFacts(`p${position}`, 'n1'))]
    await store.commitBatch(batch(owner, position, [streamCommit(cluster, position - 1, steps)]))
    if (position % 3 === 0) await store.signCheckpoint(cluster, signer, t(100 + position))
  }
  const { ledger, checkpoints } = store.tables
  const rows = (ledger.get(cluster) ?? []).map(row => ({ ...row, encoding: 0, body: Buffer.from(row.text) }))
  return { rows, checkpoints: checkpoints.get(cluster) ?? [] }
}

type Rows = Awaited<ReturnType<typeof recorded>>['rows']

function walked(rows: Rows, checkpoints: readonly Checkpoint[], anchors: readonly Checkpoint[]) {
  const judged = withAnchors(judgeCheckpoints(checkpoints, keys), anchors, keys)
  const each = async function* () {
    yield* rows
  }
  const last = rows.at(-1)
  const end = last ? { lastPosition: last.position, lastSeq: last.seq, headHash: last.hash } : null
  return verifyRows({ cluster, rows: each(), start: walkStart, end, checkpoints: judged })
}

test('anchors that the database has change nothing; a ledger that has grown since is as it was written', async () => {
  const { rows, checkpoints } = await recorded()
  expect(await walked(rows, checkpoints, checkpoints)).toMatchObject({ ok: true, rows: 6 })
  expect(await walked(rows, checkpoints, checkpoints.slice(0, 1))).toMatchObject({ ok: true })
})

test('an end that was cut off together with its checkpoints shows by an anchor alone, also when nothing is left', async () => {
  const { rows, checkpoints } = await recorded()
  const [cut, left] = [rows.slice(0, 4), checkpoints.slice(0, 1)]
  expect(await walked(cut, left, [])).toMatchObject({ ok: true })
  expect(await walked(cut, left, checkpoints)).toMatchObject({
    ok: false,
    position: 5,
    problem: expect.stringMatching(/but the anchor of .* signed position 6: .* together with its checkpoints/),
  })
  expect(await walked([], [], checkpoints)).toMatchObject({ ok: false, position: 1, rows: 0 })
})

test('checkpoints that were removed, and anchors that were forged, are said', async () => {
  const { rows, checkpoints } = await recorded()
  expect(await walked(rows, checkpoints.slice(0, 1), checkpoints)).toMatchObject({
    ok: false,
    position: 6,
    problem: expect.stringMatching(/checkpoints were removed/),
  })
  const forged = checkpoints.map(checkpoint => ({ ...checkpoint, at: 1 }))
  expect(await walked(rows, checkpoints, forged)).toMatchObject({
    ok: false,
    position: 3,
    problem: expect.stringMatching(/the anchor was altered, or forged/),
  })
})
