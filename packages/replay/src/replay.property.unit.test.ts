import type { Reason } from '@rollcall/contracts'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { stories } from '../../daemonset/src/testing/stories.ts'
import { type Core, presentCore } from './core.ts'
import { type LedgerEntry, replay, stateAt, viewOf, Walk } from './index.ts'
import { cutAnew, life, recordOf, sourceOf, sourceWithSnapshots } from './testing/records.ts'

const places = fc.array(fc.nat({ max: 10_000 }), { minLength: 1, maxLength: 5 })
const lastOf = (record: readonly LedgerEntry[]) => record.at(-1)?.position ?? 0
const fingerprint = presentCore.fingerprint

describe('fold', () => {
  test('from the start and from a snapshot leads to the same state, at every position asked for', async () => {
    await fc.assert(
      fc.asyncProperty(stories, places, places, async (steps, snapshots, asked) => {
        const record = recordOf(life(steps))
        const last = lastOf(record)
        const behind = sourceWithSnapshots(
          record,
          snapshots.map(number => 1 + (number % last)),
        )
        for (const number of asked) {
          const position = 1 + (number % last)
          const folded = await stateAt(sourceOf(record), { position })
          expect(folded.position).toBe(position)
          expect(fingerprint(await stateAt(behind, { position }))).toBe(fingerprint(folded))
          const timed = await stateAt(behind, { time: folded.now })
          expect(fingerprint(timed)).toBe(fingerprint(await stateAt(sourceOf(record), { time: folded.now })))
          expect(timed.position).toBeGreaterThanOrEqual(position)
          expect(timed.now).toBe(folded.now)
        }
      }),
      { numRuns: 60 },
    )
  })
})

describe('replay', () => {
  test('of any story agrees in everything', async () => {
    await fc.assert(
      fc.asyncProperty(stories, async steps => {
        const record = recordOf(life(steps))
        const report = await replay(sourceOf(record))
        expect(report).toMatchObject({ agrees: true, differing: 0, differences: [], broken: null })
        expect(report.points).toBe(record.filter(({ kind }) => kind === 'decision').length)
        expect(report.events).toBe(lastOf(record))
      }),
      { numRuns: 150 },
    )
  })

  test('agrees wherever the batches were cut, and through the form in which a ledger holds it', async () => {
    await fc.assert(
      fc.asyncProperty(stories, fc.infiniteStream(fc.boolean()), async (steps, cuts) => {
        const cut = cutAnew(recordOf(life(steps)), () => cuts.next().value === true)
        const record = JSON.parse(JSON.stringify(cut)) as LedgerEntry[]
        expect(await replay(sourceOf(record))).toMatchObject({ agrees: true, differing: 0 })
      }),
      { numRuns: 150 },
    )
  })

  test('agrees in any window, begun at a snapshot', async () => {
    await fc.assert(
      fc.asyncProperty(stories, places, places, async (steps, snapshots, [first = 0, second = 0]) => {
        const record = recordOf(life(steps))
        const last = lastOf(record)
        const [from = 0, end = 0] = [first % last, second % last].sort((a, b) => a - b)
        const to = end + 1
        const source = sourceWithSnapshots(
          record,
          snapshots.map(number => 1 + (number % last)),
        )
        const report = await replay(source, { from: { position: from }, to: { position: to } })
        expect(report).toMatchObject({ agrees: true, events: to - from })
        if (to < last) expect(report.undecidedAtEnd).toBe(false)
        const inWindow = record.filter(({ kind, position }) => kind === 'decision' && position > from && position <= to)
        expect(report.points).toBe(inWindow.length)
      }),
      { numRuns: 60 },
    )
  })

  test('a core with a changed rule is caught at the first position where the rule is used, and nowhere before', async () => {
    let caught = 0
    await fc.assert(
      fc.asyncProperty(stories, async steps => {
        const record = recordOf(life(steps))
        const used = record.filter(entry => entry.kind === 'decision' && entry.point.commands.some(isDeletion))
        const report = await replay(sourceOf(record), { core: neverDeletes })
        expect(report.differing).toBe(used.length)
        expect(report.differences[0]?.position).toBe(used[0]?.position)
        expect(report.agrees).toBe(used.length === 0)
        caught += used.length
      }),
      { numRuns: 100 },
    )
    expect(caught).toBeGreaterThan(0)
  })

  test('a core that gives another reason is caught, with both reasons', async () => {
    const record = recordOf(life([]))
    const other = (reason: Reason) => ({ ...reason, rule: 'because' })
    const report = await replay(sourceOf(record), {
      core: {
        ...presentCore,
        version: 'changed',
        decide: state => {
          const point = presentCore.decide(state)
          return { ...point, decisions: point.decisions.map(one => ({ ...one, reason: other(one.reason) })) }
        },
      },
    })
    const decided = record.filter(entry => entry.kind === 'decision' && entry.point.decisions.length > 0)
    expect(decided.length).toBeGreaterThan(0)
    expect(report).toMatchObject({ differing: decided.length, core: 'changed', recordedBy: [presentCore.version] })
    expect(report.daemonSets).toEqual([{ namespace: 'default', name: 'ds', points: decided.length }])
    const [first] = report.differences
    expect(first).toMatchObject({ position: decided[0]?.position, daemonSet: { name: 'ds' }, what: 'slot' })
    expect(JSON.stringify(first?.now)).toContain('"rule":"because"')
    expect(JSON.stringify(first?.recorded)).not.toContain('"rule":"because"')
  })
})

describe('a walk', () => {
  test('forward and then backward shows the same again, and the steps are told alike', async () => {
    await fc.assert(
      fc.asyncProperty(stories, places, fc.nat(), async (steps, snapshots, number) => {
        const record = recordOf(life(steps))
        const last = lastOf(record)
        const start = number % last
        const walk = await Walk.open(
          sourceWithSnapshots(
            record,
            snapshots.map(one => 1 + (one % last)),
          ),
          start,
        )
        const seen = [{ fingerprint: walk.fingerprint(), view: walk.view() }]
        const told = []
        for (let step = await walk.forward(); step !== null; step = await walk.forward()) {
          told.push(step)
          seen.push({ fingerprint: walk.fingerprint(), view: walk.view() })
        }
        expect(walk.position).toBe(last)
        expect(told.map(({ position }) => position)).toEqual(
          Array.from({ length: last - start }, (_, at) => start + at + 1),
        )
        while (told.length > 0) {
          seen.pop()
          expect(await walk.backward()).toEqual(told.pop())
          expect({ fingerprint: walk.fingerprint(), view: walk.view() }).toEqual(seen.at(-1))
        }
        // Further back than where it began.
        for (let position = start; position > 0; position--) expect((await walk.backward())?.position).toBe(position)
        expect(await walk.backward()).toBeNull()
        expect(walk.view()).toEqual(viewOf(presentCore.createState('test')))
      }),
      { numRuns: 60 },
    )
  })
})

const isDeletion = ({ type }: { type: string }) => type === 'DeletePod'

/** The present rules, but no pod is ever deleted. */
const neverDeletes: Core = {
  ...presentCore,
  version: 'never-deletes',
  decide: state => {
    const point = presentCore.decide(state)
    return { ...point, commands: point.commands.filter(command => !isDeletion(command)) }
  },
}
