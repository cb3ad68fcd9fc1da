import { describe, expect, test } from 'vitest'
import { wakeAt } from './index.ts'
import { FakeCluster } from './testing/fake-cluster.ts'
import { aDaemonSet, aNode, aPod, aTemplate, cluster as stream } from './testing/objects.ts'

function clusterOf(nodes: number, daemonSet = aDaemonSet()): FakeCluster {
  const cluster = new FakeCluster()
  for (let index = 0; index < nodes; index++) cluster.putNode(aNode(`n${index}`))
  cluster.putDaemonSet(daemonSet)
  return cluster
}

const modeRequested = (mode: 'control' | 'observe') => ({
  type: 'ModeRequested' as const,
  cluster: stream,
  at: 1_000_000,
  intent: 'asked',
  askedBy: { user: 'jane', via: 'test' },
  mode,
})
const counts = (commands: readonly { type: string }[]) => [
  commands.filter(({ type }) => type === 'CreatePod').length,
  commands.filter(({ type }) => type === 'DeletePod').length,
]
const nodesWithPods = (cluster: FakeCluster) =>
  [...cluster.pods.values()]
    .filter(pod => pod.deletedAt === null)
    .map(pod => pod.nodeName ?? pod.target)
    .sort()
const statusOf = (cluster: FakeCluster, uid = 'uid-ds') => cluster.daemonSets.get(uid)?.status

describe('placement', () => {
  test('every node gets one pod, and the status says so', () => {
    const cluster = clusterOf(5)
    expect(counts(cluster.run())).toEqual([5, 0])
    cluster.pass(1000)
    cluster.run()
    expect(nodesWithPods(cluster)).toEqual(['n0', 'n1', 'n2', 'n3', 'n4'])
    expect(statusOf(cluster)).toMatchObject({
      observedGeneration: 1,
      desiredNumberScheduled: 5,
      currentNumberScheduled: 5,
      numberReady: 5,
      numberAvailable: 5,
      updatedNumberScheduled: 5,
      numberUnavailable: 0,
      numberMisscheduled: 0,
    })
    expect([...cluster.revisions.values()].map(({ revision }) => revision)).toEqual([1])
  })

  test('nothing is decided before every kind was listed', () => {
    const cluster = clusterOf(2)
    while (cluster.watch.length > 1) {
      cluster.deliver(true, 'watch')
      if (cluster.state.relists.ControllerRevision.synced) break
      expect(cluster.commands).toEqual([])
    }
  })

  test('a node that joins gets its pod; when it leaves, its slot is forgotten with the pod', () => {
    const cluster = clusterOf(1)
    cluster.run()
    cluster.putNode(aNode('late'))
    expect(counts(cluster.run())).toEqual([1, 0])
    cluster.dropNode('late')
    for (const pod of cluster.pods.values()) if (pod.nodeName === 'late') cluster.dropPod(pod.name)
    cluster.run()
    cluster.pass(1000)
    cluster.run()
    expect(statusOf(cluster)?.desiredNumberScheduled).toBe(1)
    expect([...(cluster.state.daemonSets.get('uid-ds')?.slots.keys() ?? [])]).toEqual(['n0'])
  })

  test('a label that goes takes the pod along, one that comes brings it', () => {
    const cluster = clusterOf(2, aDaemonSet({ template: aTemplate({ nodeSelector: { ssd: 'true' } }) }))
    expect(counts(cluster.run())).toEqual([0, 0])
    cluster.putNode(aNode('n1', { labels: { ssd: 'true' } }))
    expect(counts(cluster.run())).toEqual([1, 0])
    expect(nodesWithPods(cluster)).toEqual(['n1'])
    cluster.putNode(aNode('n1'))
    expect(counts(cluster.run())).toEqual([0, 1])
    expect(nodesWithPods(cluster)).toEqual([])
  })

  test('a version of before the deletion, told behind its outcome, does not have the pod deleted again', () => {
    const cluster = clusterOf(1, aDaemonSet({ template: aTemplate({ nodeSelector: { ssd: 'true' } }) }))
    cluster.putNode(aNode('n0', { labels: { ssd: 'true' } }))
    cluster.run()
    const [pod] = cluster.pods.values()
    if (!pod) throw new Error('no pod')
    cluster.deadNodes.add('n0')
    cluster.putPod({ ...pod, labels: { ...pod.labels, note: 'late' } })
    const late = cluster.watch.splice(0)
    cluster.putNode(aNode('n0'))
    const before = cluster.commands.length
    while (cluster.deliver());
    expect(counts(cluster.commands.slice(before))).toEqual([0, 1])
    cluster.execute()
    while (cluster.deliver(true, 'outcomes'));
    cluster.watch.unshift(...late)
    expect(counts(cluster.run())).toEqual([0, 0])
  })

  test('NoSchedule leaves the pod and counts it misscheduled, NoExecute deletes it (U35, U36)', () => {
    const cluster = clusterOf(1)
    cluster.run()
    cluster.putNode(aNode('n0', { taints: [{ key: 'k', value: '', effect: 'NoSchedule' }] }))
    expect(counts(cluster.run())).toEqual([0, 0])
    cluster.pass(1000)
    cluster.run()
    expect(statusOf(cluster)).toMatchObject({ desiredNumberScheduled: 0, numberMisscheduled: 1 })
    cluster.putNode(aNode('n0', { taints: [{ key: 'k', value: '', effect: 'NoExecute' }] }))
    expect(counts(cluster.run())).toEqual([0, 1])
  })

  test('of duplicates the oldest bound pod stays (U33d, spec §3.4)', () => {
    const cluster = clusterOf(1)
    cluster.run()
    const [own] = [...cluster.pods.values()]
    cluster.putPod(aPod('older', { nodeName: 'n0', createdAt: 5 }))
    cluster.putPod(aPod('unbound', { target: 'n0', createdAt: 1, phase: 'Running' }))
    expect(counts(cluster.run())).toEqual([0, 2])
    expect([...cluster.pods.keys()]).toEqual(['older'])
    expect(own?.name).not.toBe('older')
  })

  test('an unbound pod for a node that does not exist is deleted, a bound one is left alone (U47)', () => {
    const cluster = clusterOf(1)
    cluster.putPod(aPod('bound', { nodeName: 'gone' }))
    cluster.putPod(aPod('unbound', { target: 'missing', phase: 'Pending', ready: false }))
    const commands = cluster.run()
    expect(counts(commands)).toEqual([1, 1])
    expect(commands.find(({ type }) => type === 'DeletePod')).toMatchObject({ pod: { name: 'unbound' } })
  })

  test('a DaemonSet that is being deleted does nothing (U15)', () => {
    expect(clusterOf(3, aDaemonSet({ deletedAt: 5 })).run()).toEqual([])
  })

  test('an empty selector is refused with one event (U19)', () => {
    const cluster = clusterOf(3, aDaemonSet({ selector: { matchLabels: {}, matchExpressions: [] } }))
    cluster.run()
    cluster.putNode(aNode('another'))
    cluster.run()
    expect(cluster.events).toEqual(['Warning SelectingAll'])
    expect(counts(cluster.commands)).toEqual([0, 0])
  })
})

describe('failed pods', () => {
  test('are deleted and replaced, ever more slowly (U33c, U34)', () => {
    const cluster = clusterOf(1)
    cluster.run()
    const fail = () => {
      const [pod] = [...cluster.pods.values()]
      if (pod) cluster.putPod({ ...pod, phase: 'Failed', ready: false })
    }
    fail()
    expect(counts(cluster.run())).toEqual([1, 1])
    fail()
    expect(counts(cluster.run())).toEqual([0, 0])
    cluster.pass(999)
    expect(counts(cluster.run())).toEqual([0, 0])
    cluster.pass(1)
    expect(counts(cluster.run())).toEqual([1, 1])
    expect(cluster.events.filter(event => event === 'Warning FailedDaemonPod')).toHaveLength(2)
  })

  test('a succeeded pod is deleted at once and replaced', () => {
    const cluster = clusterOf(1)
    cluster.run()
    const [pod] = [...cluster.pods.values()]
    if (pod) cluster.putPod({ ...pod, phase: 'Succeeded', ready: false })
    expect(counts(cluster.run())).toEqual([1, 1])
    expect(cluster.events).toContain('Normal SucceededDaemonPod')
  })
})

describe('rolling updates', () => {
  const next = (image: string, change = {}) => aDaemonSet({ template: aTemplate({ images: [image] }), ...change })
  const rolling = (maxUnavailable: number | string, maxSurge: number | string = 0) => ({
    updateStrategy: { type: 'RollingUpdate', maxUnavailable, maxSurge },
  })

  test('replace all pods, never more than maxUnavailable at a time (R01)', () => {
    const cluster = clusterOf(5, aDaemonSet(rolling(2)))
    cluster.run()
    cluster.putDaemonSet(next('image:2', rolling(2)))
    let worst = 0
    const run = cluster.execute.bind(cluster)
    cluster.execute = () => {
      run()
      const available = [...cluster.pods.values()].filter(pod => pod.ready && pod.deletedAt === null).length
      worst = Math.max(worst, 5 - available)
    }
    expect(counts(cluster.run())).toEqual([5, 5])
    expect(worst).toBe(2)
    expect([...cluster.revisions.values()].map(({ revision }) => revision).sort()).toEqual([1, 2])
  })

  test('stop when new pods do not become ready (R04)', () => {
    const cluster = clusterOf(5, aDaemonSet(rolling(3)))
    cluster.run()
    cluster.kubelet = false
    cluster.putDaemonSet(next('image:2', rolling(3)))
    expect(counts(cluster.run())).toEqual([3, 3])
  })

  test('old pods that are not available go at once (R08)', () => {
    const cluster = clusterOf(5, aDaemonSet(rolling(3)))
    cluster.kubelet = false
    cluster.run()
    cluster.putDaemonSet(next('image:2', rolling(3)))
    expect(counts(cluster.run())).toEqual([5, 5])
  })

  test('a rollback takes the old revision up again and leaves its pods alone', () => {
    const cluster = clusterOf(4, aDaemonSet(rolling(2)))
    cluster.run()
    cluster.kubelet = false
    cluster.putDaemonSet(next('image:2', rolling(2)))
    cluster.run()
    const untouched = [...cluster.pods.values()].filter(pod => pod.ready).map(pod => pod.name)
    cluster.kubelet = true
    cluster.putDaemonSet(aDaemonSet(rolling(2)))
    cluster.run()
    expect([...cluster.pods.keys()]).toEqual(expect.arrayContaining(untouched))
    expect(cluster.pods.size).toBe(4)
    expect([...cluster.revisions.values()].map(({ revision }) => revision).sort()).toEqual([2, 3])
  })

  test('OnDelete replaces a pod only when somebody deletes it', () => {
    const onDelete = { updateStrategy: { type: 'OnDelete', maxUnavailable: null, maxSurge: null } }
    const cluster = clusterOf(2, aDaemonSet(onDelete))
    cluster.run()
    cluster.putDaemonSet(next('image:2', onDelete))
    expect(counts(cluster.run())).toEqual([0, 0])
    const [pod] = [...cluster.pods.values()]
    cluster.dropPod(pod?.name ?? '')
    expect(counts(cluster.run())).toEqual([1, 0])
    const hashes = new Set([...cluster.pods.values()].map(({ labels }) => labels['controller-revision-hash']))
    expect(hashes.size).toBe(2)
  })

  test('maxSurge starts the new pod beside the old one (R02)', () => {
    const cluster = clusterOf(5, aDaemonSet(rolling(0, 2)))
    cluster.run()
    cluster.putDaemonSet(next('image:2', rolling(0, 2)))
    expect(counts(cluster.run())).toEqual([5, 5])
    expect(nodesWithPods(cluster)).toEqual(['n0', 'n1', 'n2', 'n3', 'n4'])
  })

  test('minReadySeconds holds the next replacement until its time', () => {
    const cluster = clusterOf(2, aDaemonSet({ minReadySeconds: 10 }))
    cluster.run()
    cluster.pass(10_000)
    cluster.run()
    cluster.putDaemonSet(next('image:2', { minReadySeconds: 10 }))
    expect(counts(cluster.run())).toEqual([1, 1])
    cluster.pass(9_999)
    expect(counts(cluster.run())).toEqual([0, 0])
    cluster.pass(1)
    expect(counts(cluster.run())).toEqual([1, 1])
  })

  test.each([
    ['deletion', 'DeletePod', rolling(1)],
    ['creation', 'CreatePod', rolling(0, 1)],
  ] as const)('a refused %s holds its own node back, not the rollout', (_what, refused, strategy) => {
    const cluster = clusterOf(4, aDaemonSet(strategy))
    cluster.run()
    cluster.refuse = command =>
      command.type === refused && 'node' in command && command.node === 'n0'
        ? { result: 'refused', code: 403, reason: 'Forbidden', cause: '' }
        : null
    cluster.putDaemonSet(next('image:2', strategy))
    for (let second = 0; second < 30; second++) {
      cluster.run()
      cluster.pass(1000)
    }
    const present = [...cluster.revisions.values()].find(({ revision }) => revision === 2)
    const outdated = [...cluster.pods.values()].filter(
      ({ labels }) => labels['controller-revision-hash'] !== present?.labels['controller-revision-hash'],
    )
    expect(outdated.map(({ nodeName }) => nodeName)).toEqual(['n0'])
  })
})

describe('ownership', () => {
  test('orphans that match are adopted, nothing is created beside them', () => {
    const cluster = new FakeCluster()
    cluster.putNode(aNode('n0'))
    cluster.putPod(aPod('orphan', { owner: null, nodeName: 'n0' }))
    cluster.putDaemonSet(aDaemonSet({ updateStrategy: { type: 'OnDelete', maxUnavailable: null, maxSurge: null } }))
    expect(counts(cluster.run())).toEqual([0, 0])
    expect(cluster.pods.get('orphan')?.owner?.uid).toBe('uid-ds')
  })

  test('a pod whose labels were changed is released and replaced', () => {
    const cluster = clusterOf(1)
    cluster.run()
    const [pod] = [...cluster.pods.values()]
    if (pod) cluster.putPod({ ...pod, labels: { app: 'debug' } })
    expect(counts(cluster.run())).toEqual([1, 0])
    expect(cluster.pods.get(pod?.name ?? '')?.owner).toBeNull()
  })

  test('deleted with its pods orphaned and created again, it restarts nothing', () => {
    const cluster = clusterOf(3)
    cluster.run()
    cluster.dropDaemonSet('uid-ds')
    for (const pod of [...cluster.pods.values()]) cluster.putPod({ ...pod, owner: null })
    for (const revision of [...cluster.revisions.values()]) cluster.putRevision({ ...revision, owner: null })
    cluster.run()
    cluster.putDaemonSet(aDaemonSet({ uid: 'uid-again' }))
    expect(counts(cluster.run())).toEqual([0, 0])
    expect([...cluster.pods.values()].every(({ owner }) => owner?.uid === 'uid-again')).toBe(true)
    expect(cluster.revisions.size).toBe(1)
  })

  test('a revision that only pods about to be adopted carry is not cleaned up (spec §4.8)', () => {
    const onDelete = {
      updateStrategy: { type: 'OnDelete', maxUnavailable: null, maxSurge: null },
      revisionHistoryLimit: 0,
    }
    const cluster = clusterOf(2, aDaemonSet(onDelete))
    cluster.run()
    cluster.putDaemonSet(
      aDaemonSet({ ...onDelete, template: aTemplate({ images: ['image:2'] }), templateGeneration: 2 }),
    )
    cluster.run()
    const [replaced] = [...cluster.pods.values()]
    cluster.dropPod(replaced?.name ?? '')
    cluster.run()
    cluster.dropDaemonSet('uid-ds')
    for (const pod of [...cluster.pods.values()]) cluster.putPod({ ...pod, owner: null })
    for (const revision of [...cluster.revisions.values()]) cluster.putRevision({ ...revision, owner: null })
    cluster.run()
    cluster.putDaemonSet(aDaemonSet({ ...onDelete, uid: 'uid-again' }))
    expect(counts(cluster.run())).toEqual([0, 0])
    expect(cluster.revisions.size).toBe(2)
  })

  test('a revision of the same name with other data makes the next hash (spec §4.7)', () => {
    const cluster = clusterOf(1)
    const run = clusterOf(1)
    run.run()
    const [taken] = [...run.revisions.values()]
    if (taken) cluster.putRevision({ ...taken, owner: null, labels: {}, templateDigest: 'other' })
    cluster.run()
    cluster.pass(1000)
    cluster.run()
    expect(cluster.pods.size).toBe(1)
    expect(statusOf(cluster)?.collisionCount).toBe(1)
  })

  test('a present revision whose labels left the selector is let go, and used as it is (spec §4.7)', () => {
    const cluster = clusterOf(2)
    cluster.run()
    const [present] = [...cluster.revisions.values()]
    if (present) cluster.putRevision({ ...present, labels: { ...present.labels, app: 'other' } })
    cluster.run()
    const [released] = [...cluster.revisions.values()]
    expect(released?.owner).toBeNull()
    const [pod] = [...cluster.pods.values()]
    cluster.dropPod(pod?.name ?? '')
    expect(counts(cluster.run())).toEqual([1, 0])
    cluster.pass(1000)
    cluster.run()
    expect(statusOf(cluster)?.updatedNumberScheduled).toBe(2)
    // An old one without a hash gets its name for it also now.
    if (released)
      cluster.putRevision({
        ...released,
        name: 'old',
        uid: 'old',
        templateDigest: 'old',
        owner: null,
        labels: { app: 'ds' },
      })
    cluster.run()
    expect(cluster.revisions.get('old')?.labels['controller-revision-hash']).toBe('old')
    cluster.dropRevision('old')
    // Deleted it is made anew, and nothing restarts.
    cluster.dropRevision(released?.name ?? '')
    expect(counts(cluster.run())).toEqual([0, 0])
    expect([...cluster.revisions.values()].map(({ owner }) => owner?.uid)).toEqual(['uid-ds'])
  })

  test('revisions beyond the limit are cleaned up, lowest first', () => {
    const cluster = clusterOf(1, aDaemonSet({ revisionHistoryLimit: 2 }))
    for (let image = 1; image <= 6; image++) {
      cluster.putDaemonSet(aDaemonSet({ revisionHistoryLimit: 2, template: aTemplate({ images: [`image:${image}`] }) }))
      cluster.run()
      cluster.pass(1000)
      cluster.run()
    }
    expect([...cluster.revisions.values()].map(({ revision }) => revision).sort()).toEqual([4, 5, 6])
  })
})

describe('refusals', () => {
  test('a refused creation is tried again later, and not in between', () => {
    const cluster = clusterOf(1)
    cluster.refuse = command =>
      command.type === 'CreatePod' ? { result: 'refused', code: 403, reason: 'Forbidden', cause: '' } : null
    expect(counts(cluster.run())).toEqual([1, 0])
    cluster.pass(999)
    expect(counts(cluster.run())).toEqual([0, 0])
    cluster.refuse = null
    cluster.pass(1)
    expect(counts(cluster.run())).toEqual([1, 0])
    expect(nodesWithPods(cluster)).toEqual(['n0'])
  })

  test('a pod that may not be adopted holds its node no longer', () => {
    const cluster = new FakeCluster()
    cluster.putNode(aNode('n0'))
    cluster.putPod(aPod('orphan', { owner: null, nodeName: 'n0' }))
    cluster.refuse = ({ type }) =>
      type === 'AdoptPod' ? { result: 'refused', code: 403, reason: 'Forbidden', cause: '' } : null
    cluster.putDaemonSet(aDaemonSet())
    expect(counts(cluster.run())).toEqual([1, 0])
    expect(cluster.pods.size).toBe(2)
  })

  test('leave nothing behind when what they were about is gone', () => {
    const cluster = new FakeCluster()
    cluster.putNode(aNode('n0'))
    for (const uid of ['uid-a', 'uid-b']) {
      cluster.refuse = ({ type }) =>
        type === 'RecordEvent' || type === 'CreateRevision'
          ? null
          : { result: 'refused', code: 403, reason: 'Forbidden', cause: '' }
      cluster.putPod(aPod('orphan', { owner: null, nodeName: 'n0', uid: `pod-of-${uid}` }))
      cluster.putDaemonSet(aDaemonSet({ uid }))
      cluster.run()
      expect(cluster.state.retries.size).toBeGreaterThan(0)
      cluster.dropPod('orphan')
      cluster.dropDaemonSet(uid)
      cluster.run()
    }
    expect([...cluster.state.retries.keys()]).toEqual([])
    expect([...cluster.state.wakes.keys()]).toEqual([])
  })

  test('a time to look again is not lost to an earlier one', () => {
    const cluster = clusterOf(1)
    cluster.run()
    // The adoption waits a second; the status is due 200 ms after the last one.
    cluster.refuse = ({ type }) =>
      type === 'AdoptPod' ? { result: 'refused', code: 403, reason: 'Forbidden', cause: '' } : null
    cluster.putPod(aPod('orphan', { owner: null, nodeName: 'n0' }))
    cluster.putNode(aNode('n1'))
    cluster.run()
    cluster.pass(200)
    cluster.run()
    cluster.refuse = null
    cluster.pass(800)
    expect(cluster.run().map(({ type }) => type)).toContain('AdoptPod')
  })

  test('a command that somebody is still at is not lost: its five minutes begin anew', () => {
    const cluster = clusterOf(1)
    while (cluster.deliver());
    cluster.execute()
    while (cluster.deliver());
    const [creation] = cluster.commands.filter(({ type }) => type === 'CreatePod')
    if (!creation) throw new Error('nothing is created')
    cluster.loseCommands()
    const { id: commandId, slot } = creation
    const delayed = (at: number) =>
      ({ type: 'CommandDelayed', cluster: stream, at, commandId, slot, attempts: 1, message: 'overloaded' }) as const
    const again = () => cluster.commands.filter(({ id }) => id === commandId).length
    cluster.pass(4 * 60_000)
    while (cluster.deliver());
    cluster.fold(delayed(cluster.now))
    const { position } = cluster.state
    cluster.fold(delayed(cluster.now))
    expect(cluster.state.position).toBe(position)
    cluster.pass(4 * 60_000)
    while (cluster.deliver());
    expect(again()).toBe(1)
    cluster.pass(60_000)
    while (cluster.deliver());
    expect(again()).toBe(2)
  })

  test('a lost command goes out again unchanged after five minutes', () => {
    const cluster = clusterOf(1)
    while (cluster.deliver());
    cluster.execute()
    while (cluster.deliver());
    const lost = cluster.commands.filter(({ type }) => type === 'CreatePod')
    expect(lost).toHaveLength(1)
    // The executor never answers: what it was given is dropped.
    cluster.loseCommands()
    cluster.pass(5 * 60_000)
    while (cluster.deliver());
    const again = cluster.commands.filter(({ type }) => type === 'CreatePod')
    expect(again).toHaveLength(2)
    expect({ ...again[1], position: lost[0]?.position }).toEqual(lost[0])
    cluster.run()
    expect(cluster.pods.size).toBe(1)
  })

  test.each([
    ['being deleted', (cluster: FakeCluster) => cluster.putDaemonSet(aDaemonSet({ deletedAt: 5 }))],
    ['only observed', (cluster: FakeCluster) => cluster.fold(modeRequested('observe'))],
  ] as const)('a lost command of a DaemonSet that is %s is given up, and time goes on', (_what, change) => {
    const cluster = clusterOf(1)
    while (cluster.deliver());
    cluster.execute()
    while (cluster.deliver());
    expect(cluster.state.flights.size).toBeGreaterThan(0)
    cluster.loseCommands()
    change(cluster)
    while (cluster.deliver());
    const before = cluster.commands.length
    cluster.pass(5 * 60_000)
    while (cluster.deliver());
    expect(cluster.commands.length).toBe(before)
    expect(cluster.state.flights.size).toBe(0)
    expect(wakeAt(cluster.state) ?? Number.POSITIVE_INFINITY).toBeGreaterThan(cluster.now)
  })
})

test('in a cluster that is only observed, the pod that its own controller made ends what stood for the slot', () => {
  const cluster = clusterOf(1)
  const before = cluster.run().length
  cluster.fold(modeRequested('observe'))
  const lastAction = () =>
    cluster.log.flatMap(({ point }) => point?.decisions ?? []).findLast(({ node }) => node === 'n0')?.action
  let [present = ''] = cluster.pods.keys()
  for (const made of ['first', 'second']) {
    cluster.dropPod(present)
    cluster.run()
    expect(lastAction()).toBe('create')
    cluster.putPod(aPod(made, { nodeName: 'n0' }))
    cluster.run()
    expect(lastAction()).toBe('keep')
    present = made
  }
  expect(cluster.commands).toHaveLength(before)
})
