import { type Command, type Decision, defaultGuard, type Event } from '@rollcall/contracts'
import { describe, expect, test } from 'vitest'
import { fingerprint, openHolds, restore, snapshotOf } from '../index.ts'
import { FakeCluster } from '../testing/fake-cluster.ts'
import { aDaemonSet, aNode, aTemplate, cluster as stream } from '../testing/objects.ts'

const pool = { pool: 'storage' }
const onPool = aDaemonSet({ template: aTemplate({ nodeSelector: pool }) })
const name = (index: number) => `n${String(index).padStart(3, '0')}`
const { quietMs, windowMs } = defaultGuard

/** Nodes of a pool with their pods, and others without. */
function clusterOf(poolSize: number, { others = 0, daemonSet = onPool, guard = defaultGuard } = {}): FakeCluster {
  const cluster = new FakeCluster({ guard })
  for (let index = 0; index < poolSize + others; index++) {
    cluster.putNode(aNode(name(index), { labels: index < poolSize ? pool : {} }))
  }
  cluster.putDaemonSet(daemonSet)
  cluster.run()
  expect(cluster.pods.size).toBe(poolSize)
  return cluster
}

function label(cluster: FakeCluster, index: number, labels: Record<string, string>): void {
  const node = cluster.nodes.get(name(index))
  if (!node) throw new Error(`no node ${name(index)}`)
  cluster.putNode({ ...node, labels })
}
function wipe(cluster: FakeCluster, from: number, to: number): void {
  for (let index = from; index < to; index++) label(cluster, index, {})
}
function passAndRun(cluster: FakeCluster, ms: number): Command[] {
  cluster.pass(ms)
  return cluster.run()
}

let intents = 0
function ask(
  cluster: FakeCluster,
  event: { type: 'HoldApproved'; seen?: number } | { type: 'HoldRejected'; forMs: number | null },
): void {
  const asked = { cluster: stream, at: cluster.now, intent: `i${intents++}`, askedBy: { user: 'jane', via: 'test' } }
  cluster.watch.push({
    ...asked,
    hold: holdOf(cluster),
    ...(event.type === 'HoldApproved' ? { seen: null } : {}),
    ...event,
  } as Event)
}

const decisions = (cluster: FakeCluster): Decision[] => cluster.log.flatMap(({ point }) => point?.decisions ?? [])
const told = (cluster: FakeCluster) =>
  decisions(cluster).filter(({ node, reason }) => node === null && reason.rule.startsWith('guard-'))
const holdOf = (cluster: FakeCluster) =>
  String(told(cluster).findLast(({ reason }) => reason.rule === 'guard-held')?.reason.facts.hold)
const deletions = (commands: readonly Command[]) => commands.filter(({ type }) => type === 'DeletePod').length

describe('a pool loses its label', () => {
  test('at once: not one pod is deleted, and the hold names its cause, its size and what to do', () => {
    const cluster = clusterOf(200, { others: 50 })
    wipe(cluster, 0, 200)
    expect(deletions(cluster.run())).toBe(0)
    expect(deletions(passAndRun(cluster, quietMs))).toBe(0)
    expect(deletions(passAndRun(cluster, 86_400_000))).toBe(0)
    expect(cluster.pods.size).toBe(200)
    const last = told(cluster).at(-1)
    expect(last).toMatchObject({
      node: null,
      reason: {
        rule: 'guard-held',
        facts: {
          nodes: 200,
          pods: 200,
          total: 200,
          because: [{ rule: 'node-selector-mismatch', facts: { label: 'pool', wanted: 'storage', found: null } }],
        },
      },
    })
    expect(last?.reason.facts.causes).toContainEqual(expect.any(Number))
    expect(cluster.events).toEqual(['Warning DeletionsHeld'])
    expect(openHolds(cluster.state)).toEqual({ holds: 1, nodes: 200 })
    const slot = decisions(cluster).findLast(({ node }) => node === name(7))
    expect(slot).toMatchObject({ action: 'wait', reason: { rule: 'guard-held', facts: { hold: holdOf(cluster) } } })
  })

  test('node by node, one a second: not one pod is deleted either', () => {
    const cluster = clusterOf(200)
    let deleted = 0
    for (let index = 0; index < 200; index++) {
      label(cluster, index, {})
      deleted += deletions(passAndRun(cluster, 1000))
    }
    deleted += deletions(passAndRun(cluster, 120_000))
    expect(deleted).toBe(0)
    expect(cluster.pods.size).toBe(200)
    expect(openHolds(cluster.state)).toEqual({ holds: 1, nodes: 200 })
    expect(new Set(told(cluster).map(({ reason }) => reason.facts.hold)).size).toBe(1)
  })

  test('slowly: what went before it looked like a mistake is counted', () => {
    const cluster = clusterOf(100)
    for (let index = 0; index < 60; index++) {
      label(cluster, index, {})
      passAndRun(cluster, 6_000)
    }
    // A fifth may go within ten minutes.
    expect(cluster.pods.size).toBe(80)
    expect(openHolds(cluster.state).nodes).toBe(40)
  })

  test('and is approved: what is held goes, what comes later is judged anew', () => {
    const cluster = clusterOf(200)
    wipe(cluster, 0, 100)
    cluster.run()
    ask(cluster, { type: 'HoldApproved' })
    expect(deletions(cluster.run())).toBe(100)
    expect(cluster.pods.size).toBe(100)
    expect(told(cluster).at(-1)).toMatchObject({
      reason: { rule: 'guard-approved', facts: { nodes: 100, by: { user: 'jane', via: 'test' } } },
    })
    expect(openHolds(cluster.state)).toEqual({ holds: 0, nodes: 0 })
    const first = holdOf(cluster)
    wipe(cluster, 100, 200)
    expect(deletions(cluster.run())).toBe(0)
    expect(holdOf(cluster)).not.toBe(first)
    expect(openHolds(cluster.state)).toEqual({ holds: 1, nodes: 100 })
  })

  test('and is approved as it was seen: what it was given since is judged anew', () => {
    const cluster = clusterOf(200)
    wipe(cluster, 0, 100)
    cluster.run()
    const seen = cluster.state.position
    const first = holdOf(cluster)
    wipe(cluster, 100, 150)
    cluster.run()
    expect(openHolds(cluster.state)).toEqual({ holds: 1, nodes: 150 })
    ask(cluster, { type: 'HoldApproved', seen })
    expect(deletions(cluster.run())).toBe(100)
    expect(openHolds(cluster.state)).toEqual({ holds: 1, nodes: 50 })
    expect(holdOf(cluster)).not.toBe(first)
    expect(told(cluster).find(({ reason }) => reason.rule === 'guard-approved')?.reason.facts.nodes).toBe(100)
    expect(fingerprint(cluster.foldAgain())).toBe(fingerprint(cluster.state))
  })

  test('where evictions are asked for, an approval evicts, and nothing is evicted before', () => {
    const annotations = { 'rollcall.dev/voluntary-removal': 'evict' }
    const cluster = clusterOf(50, { daemonSet: { ...onPool, annotations } })
    wipe(cluster, 0, 50)
    const removals = (commands: readonly Command[]) =>
      commands.filter(({ type }) => type === 'EvictPod' || type === 'DeletePod').map(({ type }) => type)
    expect(removals(cluster.run())).toEqual([])
    expect(removals(passAndRun(cluster, 600_000))).toEqual([])
    // A budget refuses at first: what is approved waits for it, and is not held again.
    cluster.refuse = ({ type }) =>
      type === 'EvictPod'
        ? { result: 'refused', code: 429, reason: 'TooManyRequests', cause: 'DisruptionBudget' }
        : null
    ask(cluster, { type: 'HoldApproved' })
    cluster.run()
    expect(cluster.pods.size).toBe(50)
    expect(openHolds(cluster.state).holds).toBe(0)
    cluster.refuse = null
    for (let round = 0; round < 40 && cluster.pods.size > 0; round++) passAndRun(cluster, 30_000)
    expect(cluster.pods.size).toBe(0)
    expect(cluster.commands.some(({ type }) => type === 'DeletePod')).toBe(false)
  })

  test('and is rejected for a time: when it is asked again, what is lost at that moment joins it', () => {
    const cluster = clusterOf(100)
    wipe(cluster, 0, 50)
    cluster.run()
    const id = holdOf(cluster)
    ask(cluster, { type: 'HoldRejected', forMs: 60_000 })
    cluster.run()
    cluster.pass(60_000)
    // Folded together, decided once.
    wipe(cluster, 50, 80)
    while (cluster.deliver(false));
    cluster.decideNow()
    expect(told(cluster).map(({ reason }) => reason.facts.hold)).not.toContain(undefined)
    expect(openHolds(cluster.state)).toEqual({ holds: 1, nodes: 80 })
    expect(holdOf(cluster)).toBe(id)
  })

  test('and is rejected: the pods stay while the cause lasts, and an approval still settles it', () => {
    const cluster = clusterOf(50)
    wipe(cluster, 0, 50)
    cluster.run()
    ask(cluster, { type: 'HoldRejected', forMs: null })
    expect(deletions(cluster.run())).toBe(0)
    expect(told(cluster).at(-1)).toMatchObject({
      reason: { rule: 'guard-rejected', facts: { nodes: 50, until: null } },
    })
    expect(openHolds(cluster.state)).toEqual({ holds: 0, nodes: 0 })
    expect(deletions(passAndRun(cluster, 30 * 86_400_000))).toBe(0)
    ask(cluster, { type: 'HoldApproved' })
    expect(deletions(cluster.run())).toBe(50)
  })

  test('and is rejected for an hour: then it is asked again', () => {
    const cluster = clusterOf(50)
    wipe(cluster, 0, 50)
    cluster.run()
    ask(cluster, { type: 'HoldRejected', forMs: 3_600_000 })
    passAndRun(cluster, 3_599_000)
    expect(openHolds(cluster.state).holds).toBe(0)
    expect(deletions(passAndRun(cluster, 1_000))).toBe(0)
    expect(told(cluster).at(-1)).toMatchObject({ reason: { rule: 'guard-reopened' } })
    expect(openHolds(cluster.state)).toEqual({ holds: 1, nodes: 50 })
  })

  test('and gets it back, node by node: the hold dissolves with the last one, and no pod has gone', () => {
    const cluster = clusterOf(50)
    wipe(cluster, 0, 50)
    cluster.run()
    for (let index = 0; index < 50; index++) {
      label(cluster, index, pool)
      expect(deletions(passAndRun(cluster, 10_000))).toBe(0)
      expect(openHolds(cluster.state).nodes).toBe(49 - index)
    }
    expect(told(cluster).at(-1)).toMatchObject({ reason: { rule: 'guard-dissolved' } })
    expect(cluster.state.daemonSets.get(onPool.uid)?.guard.losses.size).toBe(0)
    // Single nodes go as ever.
    label(cluster, 0, {})
    expect(deletions(passAndRun(cluster, windowMs))).toBe(1)
  })

  test('a restart in between changes nothing: from a snapshot, and from the ledger', () => {
    const cluster = clusterOf(60)
    wipe(cluster, 0, 30)
    cluster.run()
    const again = restore(JSON.parse(JSON.stringify(snapshotOf(cluster.state))))
    expect(fingerprint(again)).toBe(fingerprint(cluster.state))
    cluster.state = again
    wipe(cluster, 30, 60)
    expect(deletions(passAndRun(cluster, 60_000))).toBe(0)
    expect(openHolds(cluster.state)).toEqual({ holds: 1, nodes: 60 })
    ask(cluster, { type: 'HoldApproved' })
    expect(deletions(cluster.run())).toBe(60)
    expect(fingerprint(cluster.foldAgain())).toBe(fingerprint(cluster.state))
  })
})

describe('what else looks like a mistake', () => {
  test('a nodeSelector with a typo: nothing is deleted, and the rollout replaces nothing on those nodes', () => {
    const cluster = clusterOf(40)
    cluster.putDaemonSet({ ...onPool, template: aTemplate({ digest: 'typo', nodeSelector: { pool: 'storrage' } }) })
    expect(deletions(cluster.run())).toBe(0)
    expect(deletions(passAndRun(cluster, 600_000))).toBe(0)
    expect(openHolds(cluster.state)).toEqual({ holds: 1, nodes: 40 })
    cluster.putDaemonSet({ ...onPool, template: aTemplate({ digest: 'mended', nodeSelector: pool }) })
    cluster.run()
    expect(openHolds(cluster.state)).toEqual({ holds: 0, nodes: 0 })
  })

  test('taking over finds many pods where they should not be: they are held', () => {
    const cluster = clusterOf(40)
    const mode = (mode: 'control' | 'observe'): Event => ({
      type: 'ModeRequested',
      cluster: stream,
      at: cluster.now,
      intent: `i${intents++}`,
      askedBy: { user: 'jane', via: 'test' },
      mode,
    })
    cluster.fold(mode('observe'))
    wipe(cluster, 0, 40)
    cluster.run()
    // Observed, it says what it would delete.
    expect(decisions(cluster).filter(({ action }) => action === 'delete')).toHaveLength(40)
    cluster.fold(mode('control'))
    expect(deletions(passAndRun(cluster, 60_000))).toBe(0)
    expect(openHolds(cluster.state)).toEqual({ holds: 1, nodes: 40 })
    cluster.fold(mode('observe'))
    cluster.run()
    expect(openHolds(cluster.state)).toEqual({ holds: 0, nodes: 0 })
    expect(told(cluster).at(-1)).toMatchObject({ reason: { rule: 'guard-dissolved' } })
  })
})

describe('what is no mistake of ours', () => {
  test('nodes that are removed: nothing is held, and what their pods leave is none of our business', () => {
    const cluster = clusterOf(100)
    for (let index = 0; index < 80; index++) cluster.dropNode(name(index))
    cluster.run()
    expect(openHolds(cluster.state)).toEqual({ holds: 0, nodes: 0 })
    expect(told(cluster)).toEqual([])
  })

  test('held nodes that are removed leave their hold', () => {
    const cluster = clusterOf(40)
    wipe(cluster, 0, 40)
    cluster.run()
    for (let index = 0; index < 40; index++) cluster.dropNode(name(index))
    cluster.run()
    expect(openHolds(cluster.state)).toEqual({ holds: 0, nodes: 0 })
  })

  test('a rollout goes on at its pace', () => {
    const cluster = clusterOf(40)
    const template = aTemplate({ digest: 'next', nodeSelector: pool })
    cluster.putDaemonSet({
      ...onPool,
      template,
      updateStrategy: { ...onPool.updateStrategy, maxUnavailable: '100%' },
    })
    expect(deletions(cluster.run())).toBe(40)
    expect(cluster.pods.size).toBe(40)
    expect(told(cluster)).toEqual([])
  })

  test('a DaemonSet of few pods: each goes at once', () => {
    const cluster = clusterOf(defaultGuard.podsMin)
    wipe(cluster, 0, defaultGuard.podsMin)
    expect(deletions(cluster.run())).toBe(defaultGuard.podsMin)
  })

  test('few nodes of many: each goes after a moment', () => {
    const cluster = clusterOf(100)
    wipe(cluster, 0, 20)
    expect(deletions(cluster.run())).toBe(0)
    expect(deletions(passAndRun(cluster, quietMs))).toBe(20)
  })

  test('the deletion of the DaemonSet: its holds dissolve', () => {
    const cluster = clusterOf(40)
    wipe(cluster, 0, 40)
    cluster.run()
    cluster.putDaemonSet({ ...(cluster.daemonSets.get(onPool.uid) ?? onPool), deletedAt: 5 })
    expect(deletions(cluster.run())).toBe(0)
    expect(told(cluster).at(-1)).toMatchObject({ reason: { rule: 'guard-dissolved' } })
    expect(openHolds(cluster.state)).toEqual({ holds: 0, nodes: 0 })
  })
})

describe('what is asked of it', () => {
  test('off for one DaemonSet, by annotation: at once, also when much is held already', () => {
    const off = { ...onPool, annotations: { 'rollcall.dev/guard': 'off' } }
    const without = clusterOf(40, { daemonSet: off })
    wipe(without, 0, 40)
    expect(deletions(without.run())).toBe(40)

    const later = clusterOf(40)
    wipe(later, 0, 40)
    later.run()
    later.putDaemonSet({ ...(later.daemonSets.get(onPool.uid) ?? onPool), annotations: off.annotations })
    expect(deletions(later.run())).toBe(40)
    expect(openHolds(later.state)).toEqual({ holds: 0, nodes: 0 })
  })

  test('another share for one DaemonSet', () => {
    const cluster = clusterOf(40, { daemonSet: { ...onPool, annotations: { 'rollcall.dev/guard': '80%' } } })
    wipe(cluster, 0, 30)
    cluster.run()
    expect(deletions(passAndRun(cluster, quietMs))).toBe(30)
  })

  test('off for the cluster: parity', () => {
    const cluster = new FakeCluster()
    for (let index = 0; index < 40; index++) cluster.putNode(aNode(name(index), { labels: pool }))
    cluster.putDaemonSet(onPool)
    cluster.run()
    wipe(cluster, 0, 40)
    expect(deletions(cluster.run())).toBe(40)
  })

  test('settling a hold that is over changes nothing, and is on record', () => {
    const cluster = clusterOf(40)
    const before = cluster.state.position
    cluster.fold({
      type: 'HoldApproved',
      cluster: stream,
      at: cluster.now,
      intent: 'i-late',
      askedBy: { user: 'jane', via: 'test' },
      hold: 'nothing',
      seen: null,
    })
    expect(cluster.state.position).toBe(before + 1)
    expect(deletions(cluster.run())).toBe(0)
  })
})
