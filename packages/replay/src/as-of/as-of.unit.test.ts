import type { MemoryStore } from '@rollcall/store'
import { beforeAll, describe, expect, test } from 'vitest'
import { stateAt } from '../fold.ts'
import { type LedgerSource, sourceFromStore } from '../source.ts'
import { filledStore } from '../testing/filled-store.ts'
import { recordOf, shortLife } from '../testing/records.ts'
import { daemonSetsAsOf, nodesAsOf, placementsAsOf, whyNodeAsOf, whyPodAsOf } from './index.ts'

/** What is told of a moment is what the projections said when it was the present. */

const record = recordOf(shortLife())
const last = record.at(-1)?.position ?? 0
let source: LedgerSource
/** The store as it was at each position. */
const stores = new Map<number, MemoryStore>()

beforeAll(async () => {
  const found = await sourceFromStore(await filledStore(record), 'test')
  if (!found) throw new Error('the store holds nothing')
  source = found
  for (let position = 10; position <= last; position += 7) {
    stores.set(position, await filledStore(record.filter(entry => entry.position <= position)))
  }
})

const instant = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString())

describe('as of any position', () => {
  test('nodes, DaemonSets and placements are those of then', async () => {
    for (const [position, { tables }] of stores) {
      const state = await stateAt(source, { position })
      const present = (rows: Iterable<{ facts: unknown; goneAt: number | null }>) =>
        [...rows].flatMap(({ facts, goneAt }) => (goneAt === null ? [(facts as { name: string }).name] : [])).sort()
      expect(nodesAsOf(state).map(({ name }) => name)).toEqual(present(tables.nodes.values()))
      expect(daemonSetsAsOf(state).map(({ name }) => name)).toEqual(present(tables.daemonSets.values()))
      const open = [...tables.openPlacements.values()].map(row => ({
        pod: { name: row.podName, uid: row.podUid },
        node: row.node,
        revision: row.revisionHash,
        openedBy: row.openedBy,
        provisional: row.provisional,
        phase: row.phase,
        ready: row.ready,
        isTerminating: row.terminatingAt !== null,
      }))
      const told = placementsAsOf(state).map(
        ({ pod, node, revision, openedBy, provisional, phase, ready, ...rest }) => ({
          ...{ pod, node, revision, openedBy, provisional, phase, ready },
          isTerminating: rest.terminatingAt !== null,
        }),
      )
      const byName = (a: { pod: { name: string } }, b: { pod: { name: string } }) => (a.pod.name < b.pod.name ? -1 : 1)
      expect(told.sort(byName)).toEqual(open.sort(byName))
      const pods = placementsAsOf(state)
      for (const node of nodesAsOf(state)) {
        const own = pods.filter(pod => pod.node === node.name)
        expect(node.pods).toEqual({ total: own.length, ready: own.filter(({ ready }) => ready).length })
      }
    }
  })

  test('why there is a pod on a node, or none, is the decision that stood then', async () => {
    let decided = 0
    for (const [position, { tables }] of stores) {
      const state = await stateAt(source, { position })
      for (const { name } of nodesAsOf(state)) {
        const { slots } = await whyNodeAsOf(source, state, name)
        for (const { daemonSet, decision } of slots) {
          const row = tables.decisions.findLast(one => one.node === name && one.daemonSet.uid === daemonSet.uid)
          expect(decision?.position).toBe(row?.position)
          expect(decision?.reason).toEqual(row?.reason)
          if (decision) decided++
        }
      }
    }
    expect(decided).toBeGreaterThan(20)
  })

  test("a pod's story tells its creation, its times, and its end as they were known then", async () => {
    let ended = 0
    for (const [position, { tables }] of stores) {
      const state = await stateAt(source, { position })
      for (const row of tables.placements) {
        const name = { namespace: row.daemonSetNamespace, name: row.podName }
        const { placement, created, ended: end } = await whyPodAsOf(source, state, name)
        expect(placement).toMatchObject({
          node: row.node,
          pod: { name: row.podName, uid: row.podUid },
          openedBy: row.openedBy,
          readyAt: row.readyAt === null ? null : expect.any(String),
          finishedAt: instant(row.finishedAt),
          terminatingAt: instant(row.terminatingAt),
        })
        const closed = placement?.closed ?? null
        expect(closed?.at ?? null).toBe(instant(row.closedAt))
        expect(closed?.position ?? null).toBe(row.closedPosition)
        expect(closed?.cause ?? null).toBe(row.closeCause)
        expect(created?.command.id ?? null).toBe(row.openedBy)
        expect(end?.command.id ?? null).toBe(row.endingCommand)
        if (closed) ended++
      }
    }
    expect(ended).toBeGreaterThan(5)
  })

  test('commands tell what had become of them by then', async () => {
    let settled = 0
    for (const [position, { tables }] of stores) {
      const state = await stateAt(source, { position })
      for (const row of tables.placements) {
        const { created } = await whyPodAsOf(source, state, { namespace: row.daemonSetNamespace, name: row.podName })
        if (!created) continue
        const known = tables.settlements.get(created.command.id)
        expect(created.command.settled?.result ?? null).toBe(known?.result ?? null)
        if (known) settled++
      }
    }
    expect(settled).toBeGreaterThan(5)
  })

  test('what was not there then is said so', async () => {
    const state = await stateAt(source, { position: 12 })
    await expect(whyNodeAsOf(source, state, 'n99')).rejects.toThrow('there was no node n99 at position 12')
    await expect(whyPodAsOf(source, state, { namespace: 'a', name: 'b' })).rejects.toThrow('never speaks of pod a/b')
  })
})
