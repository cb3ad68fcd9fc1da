import { describe, expect, test } from 'vitest'
import { explain, fingerprint } from './index.ts'
import type { FakeCluster } from './testing/fake-cluster.ts'
import { aNode } from './testing/objects.ts'
import {
  type Asked,
  annotated,
  apply,
  daemonSetOf,
  lastReason,
  named,
  nodesOn,
  pass,
  ready,
  rolling,
  rulesOf,
  settled,
} from './testing/rollouts.ts'

const stateOf = (cluster: FakeCluster) => {
  const found = cluster.state.daemonSets.get('uid-ds')
  if (!found) throw new Error('no DaemonSet')
  return found
}
const hashOf = (cluster: FakeCluster) => stateOf(cluster).current?.hash ?? ''
const isPresent = (cluster: FakeCluster, { labels }: { labels: Record<string, string> }) =>
  labels['controller-revision-hash'] === hashOf(cluster)
const why = (cluster: FakeCluster, node: string) =>
  explain(cluster.state, { namespace: 'default', daemonSet: 'ds', node })?.rollout ?? null

/** Pods of these images are in trouble from their start. */
function broken(asked: Asked, ...images: string[]): FakeCluster {
  const cluster = settled(named(4), { ...rolling('maxUnavailable', 1), annotations: annotated(asked) })
  cluster.becomes = pod =>
    isPresent(cluster, pod) && images.includes(daemonSetOf(cluster).template.images[0] ?? '')
      ? { ready: false, readySince: null, trouble: 'ImagePullBackOff' }
      : {}
  return cluster
}
function rollOut(cluster: FakeCluster, image: string): void {
  apply(cluster, { image })
  cluster.run()
  pass(cluster, 5)
}

describe('a crash', () => {
  const crashed = (restarts: number, asked: Asked) => {
    const cluster = settled(named(3), { ...rolling('maxUnavailable', 1), annotations: annotated(asked) })
    cluster.becomes = pod =>
      isPresent(cluster, pod) ? { ready: false, readySince: null, restarts, trouble: 'CrashLoopBackOff' } : {}
    rollOut(cluster, 'image:2')
    return cluster.events.includes('Warning RolloutPaused')
  }

  test('is no crash loop; two are, or as many as auto-pause-restarts says', () => {
    expect(crashed(1, { 'auto-pause': 'true' })).toBe(false)
    expect(crashed(2, { 'auto-pause': 'true' })).toBe(true)
    expect(crashed(2, { 'auto-pause': 'true', 'auto-pause-restarts': '5' })).toBe(false)
    expect(crashed(5, { 'auto-pause': 'true', 'auto-pause-restarts': '5' })).toBe(true)
    expect(crashed(1, { 'auto-pause': 'true', 'auto-pause-restarts': '1' })).toBe(true)
  })
})

describe('going back', () => {
  const asked = { 'auto-pause': 'true', 'auto-rollback': 'true' }

  test('never goes to a revision that paused itself before', () => {
    const cluster = broken({ 'auto-pause': 'true' }, 'bad:2', 'bad:3')
    rollOut(cluster, 'bad:2')
    expect(cluster.events).toContain('Warning RolloutPaused')
    apply(cluster, { asked })
    rollOut(cluster, 'bad:3')
    pass(cluster, 60)
    expect(daemonSetOf(cluster).template.images).toEqual(['image:1'])
    expect(nodesOn(cluster, 'present')).toEqual(['n0', 'n1', 'n2', 'n3'])
  })

  test('stays where it is when every earlier revision is known to be bad, and says so', () => {
    const cluster = broken({ 'auto-pause': 'true' }, 'bad:2', 'bad:3')
    rollOut(cluster, 'bad:2')
    // The good one is cleaned away by hand.
    for (const { name, revision } of [...cluster.revisions.values()]) if (revision === 1) cluster.dropRevision(name)
    apply(cluster, { asked })
    rollOut(cluster, 'bad:3')
    pass(cluster, 60)
    expect(daemonSetOf(cluster).template.images).toEqual(['bad:3'])
    const message = cluster.commands.findLast(
      command => command.type === 'RecordEvent' && command.reason === 'RolloutPaused',
    )
    expect(message).toMatchObject({ message: expect.stringContaining('There is no earlier revision to go back to') })
  })

  test('a revision that somebody let go on, and that is out everywhere, is not bad any more', () => {
    const cluster = broken({ 'auto-pause': 'true' }, 'bad:2', 'bad:3')
    rollOut(cluster, 'bad:2')
    expect(stateOf(cluster).knownBad).toHaveLength(1)
    const { becomes } = cluster
    cluster.becomes = () => ({})
    for (const pod of [...cluster.pods.values()])
      cluster.putPod({ ...pod, ready: true, readySince: cluster.now, trouble: null })
    apply(cluster, { asked: { 'auto-pause': 'true', resume: hashOf(cluster) } })
    cluster.run()
    expect(nodesOn(cluster, 'present')).toHaveLength(4)
    expect(stateOf(cluster).knownBad).toEqual([])
    cluster.becomes = becomes
    apply(cluster, { asked })
    rollOut(cluster, 'bad:3')
    cluster.becomes = () => ({})
    pass(cluster, 60)
    expect(daemonSetOf(cluster).template.images).toEqual(['bad:2'])
  })

  test('is remembered by the template, also when its revision is deleted and made anew', () => {
    const cluster = broken({ 'auto-pause': 'true' }, 'bad:2')
    rollOut(cluster, 'bad:2')
    const paused = stateOf(cluster).rollout.autoPaused
    expect(paused).not.toBeNull()
    cluster.dropRevision(stateOf(cluster).current?.name ?? '')
    cluster.run()
    expect(stateOf(cluster).current).not.toBeNull()
    expect(stateOf(cluster).rollout.autoPaused).toEqual(paused)
    expect(nodesOn(cluster, 'older')).toHaveLength(3)
    expect(fingerprint(cluster.foldAgain())).toBe(fingerprint(cluster.state))
  })

  test('a record that names only the revision it went back to is folded to its template', () => {
    const cluster = broken(asked, 'bad:2')
    rollOut(cluster, 'bad:2')
    pass(cluster, 60)
    expect(stateOf(cluster).rolledBackTo).toBe(daemonSetOf(cluster).template.digest)
    for (const { point } of cluster.log)
      for (const mark of point?.marks ?? []) if (mark.kind === 'rolledBack') Reflect.deleteProperty(mark, 'template')
    expect(fingerprint(cluster.foldAgain())).toBe(fingerprint(cluster.state))
  })
})

test('a canary keeps to its nodes when the present revision is deleted and made anew', () => {
  const cluster = settled(named(4), { ...rolling('maxUnavailable', 1), annotations: annotated({ canary: '2' }) })
  rollOut(cluster, 'image:2')
  cluster.dropRevision(stateOf(cluster).current?.name ?? '')
  cluster.run()
  for (const [name, pod] of cluster.pods) if (pod.nodeName === 'n0') cluster.dropPod(name)
  cluster.run()
  expect(nodesOn(cluster, 'present')).toEqual(['n0', 'n1'])
})

describe('a node that is lost after its pod was replaced', () => {
  const asked = { 'unhealthy-nodes': 'ignore', 'replacement-interval': '10s' }
  const start = (more: Asked = {}) =>
    settled(named(6, ready('True')), { ...rolling('maxUnavailable', 3), annotations: annotated({ ...asked, ...more }) })
  function lose(cluster: FakeCluster, name: string): void {
    cluster.deadNodes.add(name)
    const conditions = [{ type: 'Ready', status: 'False', since: cluster.now }]
    cluster.putNode(aNode(name, { conditions }))
    for (const pod of [...cluster.pods.values()])
      if (pod.nodeName === name) cluster.putPod({ ...pod, ready: false, readySince: null })
    cluster.run()
  }

  test('stops the rollout, which goes on when somebody resumes that revision', () => {
    const cluster = start()
    apply(cluster, { image: 'image:2' })
    cluster.run()
    lose(cluster, 'n0')
    pass(cluster, 60)
    expect(nodesOn(cluster, 'present')).toEqual(['n0'])
    expect(why(cluster, 'n3')).toMatchObject({
      rule: 'rollout-node-lost',
      facts: { nodes: ['n0'], hash: hashOf(cluster) },
    })
    apply(cluster, { asked: { ...asked, resume: hashOf(cluster) } })
    cluster.run()
    pass(cluster, 60)
    expect(nodesOn(cluster, 'present')).toHaveLength(6)
  })

  test('as many as lost-nodes-max do not stop it, nor spend its budget', () => {
    const cluster = start({ 'lost-nodes-max': '1' })
    apply(cluster, { image: 'image:2' })
    cluster.run()
    lose(cluster, 'n0')
    pass(cluster, 12)
    lose(cluster, 'n1')
    pass(cluster, 60)
    expect(nodesOn(cluster, 'present')).toEqual(['n0', 'n1'])
    cluster.deadNodes.delete('n1')
    cluster.putNode(aNode('n1', ready('True')))
    cluster.run()
    pass(cluster, 60)
    expect(nodesOn(cluster, 'present')).toHaveLength(6)
  })

  test('long after, it is not the fault of the new pod: the rollout leaves it out and goes on', () => {
    const cluster = start({ 'replacement-interval': '15m' })
    apply(cluster, { image: 'image:2' })
    cluster.run()
    pass(cluster, 601)
    lose(cluster, 'n0')
    pass(cluster, 900)
    expect(rulesOf(cluster)).not.toContain('rollout-node-lost')
    expect(nodesOn(cluster, 'present').length).toBeGreaterThan(1)
  })
})

describe('what holds a rollout', () => {
  test('is told of every node that waits for it, with the revision; that nothing does any more is on record', () => {
    const cluster = settled(named(3), { ...rolling('maxUnavailable', 1), annotations: annotated({ paused: 'true' }) })
    rollOut(cluster, 'image:2')
    const revision = stateOf(cluster).current?.name
    expect(why(cluster, 'n0')).toMatchObject({ rule: 'rollout-paused', facts: { waiting: 3, revision } })
    // Another template, and still paused: that is another rollout.
    rollOut(cluster, 'image:3')
    const next = stateOf(cluster).current?.name
    expect(next).not.toBe(revision)
    expect(lastReason(cluster, 'rollout-paused')).toMatchObject({ revision: next })
    apply(cluster, { asked: { canary: '1' } })
    cluster.run()
    expect(why(cluster, 'n0')).toBeNull()
    expect(why(cluster, 'n2')).toMatchObject({ rule: 'rollout-canary-size' })
    apply(cluster, { asked: {} })
    cluster.run()
    expect(rulesOf(cluster).filter(rule => rule.startsWith('rollout-'))).toEqual([
      'rollout-paused',
      'rollout-paused',
      'rollout-goes-on',
      'rollout-canary-size',
      'rollout-goes-on',
    ])
  })

  test('is OnDelete, once that is the strategy, until somebody has deleted what is outdated', () => {
    const cluster = settled(named(3), { ...rolling('maxUnavailable', 1), annotations: annotated({ paused: 'true' }) })
    rollOut(cluster, 'image:2')
    const strategy = (type: 'OnDelete' | 'RollingUpdate') => {
      const { updateStrategy } = daemonSetOf(cluster)
      cluster.putDaemonSet({ ...daemonSetOf(cluster), updateStrategy: { ...updateStrategy, type } })
      cluster.run()
    }
    strategy('OnDelete')
    const { current } = stateOf(cluster)
    expect(why(cluster, 'n0')).toEqual({
      rule: 'rollout-on-delete',
      source: '§4.1',
      facts: { waiting: 3, revision: current?.name, hash: current?.hash },
    })
    strategy('RollingUpdate')
    expect(why(cluster, 'n0')).toMatchObject({ rule: 'rollout-paused' })
    strategy('OnDelete')
    for (const pod of [...cluster.pods.values()]) {
      cluster.dropPod(pod.name)
      cluster.run()
    }
    expect(nodesOn(cluster, 'present')).toEqual(['n0', 'n1', 'n2'])
    expect(rulesOf(cluster).filter(rule => rule.startsWith('rollout-'))).toEqual([
      'rollout-paused',
      'rollout-on-delete',
      'rollout-paused',
      'rollout-on-delete',
      'rollout-goes-on',
    ])
  })

  test.each([
    [{ paused: 'true' }, 'rollout-paused'],
    [{ 'canary-nodes': 'pool=canary' }, 'rollout-canary-nodes'],
    [{ canary: '0' }, 'rollout-canary-size'],
    [{ canary: 'some' }, 'rollout-annotation-unreadable'],
  ])('%o: a pod that is made meanwhile says of which older revision it is, and why', (asked, because) => {
    const cluster = settled(named(2), { annotations: annotated(asked as Asked) })
    const older = stateOf(cluster).current?.name
    rollOut(cluster, 'image:2')
    cluster.putNode(aNode('late'))
    cluster.run()
    const created = cluster.log.flatMap(({ point }) => point?.decisions ?? []).findLast(({ node }) => node === 'late')
    expect(created?.reason.facts).toMatchObject({ olderRevision: older, olderBecause: because })
  })
})
