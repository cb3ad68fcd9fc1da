import { describe, expect, test } from 'vitest'
import { annotationsDocument } from '../testing/annotations-document.ts'
import { FakeCluster } from '../testing/fake-cluster.ts'
import { aDaemonSet, aNode } from '../testing/objects.ts'
import type { Annotation } from './annotation.ts'
import { annotations, noPolicy, policyOf } from './index.ts'
import {
  duration,
  labelKey,
  rate,
  resourceOverrides,
  selector,
  share,
  someOf,
  tolerations,
  wholeNumber,
} from './values.ts'

const table = Object.entries(annotations) as [string, Annotation<unknown>][]

describe('the table', () => {
  test.each(table)('%s: its example is read, and its name is one of Kubernetes', (_, { name, example, form }) => {
    expect(form.read(example)).not.toBeUndefined()
    expect(name).toMatch(/^[a-z][a-z0-9-]{0,61}[a-z0-9]$/)
  })

  test('no name stands twice', () => {
    expect(new Set(table.map(([, { name }]) => name)).size).toBe(table.length)
  })

  test('docs/annotations.md says what it says (vitest -u writes it)', async () => {
    await expect(annotationsDocument()).toMatchFileSnapshot('../../../../docs/annotations.md')
  })
})

describe('a policy', () => {
  test('of other annotations, or none, is that of the built-in controller', () => {
    expect(policyOf({})).toBe(noPolicy)
    expect(policyOf({ 'example.com/paused': 'true' })).toBe(noPolicy)
  })

  test('is read from what stands there', () => {
    expect(policyOf({ 'rollcall.dev/paused': 'true' })).toMatchObject({
      paused: true,
      asksAnything: true,
      nonsense: [],
      holdsRollout: false,
    })
  })

  test('names the nearest annotation for one that does not exist, and goes on without', () => {
    const { nonsense, paused, holdsRollout } = policyOf({ 'rollcall.dev/pausd': 'true' })
    expect(nonsense).toEqual([
      {
        name: 'rollcall.dev/pausd',
        holdsRollout: false,
        message: 'There is no annotation rollcall.dev/pausd, so it does nothing; did you mean rollcall.dev/paused?',
      },
    ])
    expect([paused, holdsRollout]).toEqual([false, false])
  })

  test('holds the rollout where nonsense would have limited it', () => {
    const { nonsense, paused, holdsRollout } = policyOf({ 'rollcall.dev/paused': 'yes' })
    expect(nonsense.map(({ message }) => message)).toEqual([
      'Annotation rollcall.dev/paused is "yes", but must be true or false; until it is mended, it counts as absent and no pod is replaced by a rollout',
    ])
    expect([paused, holdsRollout]).toEqual([false, true])
  })
})

describe('values', () => {
  test('times, numbers, shares, keys', () => {
    expect(['90s', '1h30m', '250ms', '2d', '0s'].map(duration.read)).toEqual([90_000, 5_400_000, 250, 172_800_000, 0])
    expect(['', '5', 'm', '5 m', '-5s', '1.5h', '5M'].map(duration.read)).toEqual(Array(7).fill(undefined))
    expect(['0', '3', '5%', '100%'].map(share.read)).toEqual([0, 3, '5%', '100%'])
    expect(['-1', '101%', '5 %', '1.5', '%', '9999999999'].map(share.read)).toEqual(Array(6).fill(undefined))
    expect(['0', '1', '007'].map(wholeNumber(1).read)).toEqual([undefined, 1, 7])
    expect(['zone', 'topology.kubernetes.io/zone', 'a b', '/x', ''].map(labelKey.read)).toEqual([
      'zone',
      'topology.kubernetes.io/zone',
      undefined,
      undefined,
      undefined,
    ])
  })

  test('rates, lists of words, tolerations, overrides', () => {
    expect([rate.read('10/s'), rate.read('30/m')]).toEqual([
      { count: 10, perMs: 1000 },
      { count: 30, perMs: 60_000 },
    ])
    expect(['0/s', '10', '10/d', '1.5/s', '-1/s'].map(rate.read)).toEqual(Array(5).fill(undefined))
    const words = someOf('a', 'b', 'c')
    expect([words.read('c, a'), words.read('b,b')]).toEqual([['a', 'c'], ['b']])
    expect(['', 'a,', 'd', 'a b'].map(words.read)).toEqual(Array(4).fill(undefined))
    expect(tolerations.read('unreachable')).toEqual(['node.kubernetes.io/unreachable'])
    expect(tolerations.read('all')).toHaveLength(7)
    expect(tolerations.read('gpu')).toBeUndefined()
    const override = { name: 'large', nodes: 'pool=large', containers: { a: { limits: { cpu: '1' } } } }
    expect(resourceOverrides.read(JSON.stringify([override]))).toMatchObject([{ name: 'large' }])
    expect(resourceOverrides.read(JSON.stringify([{ ...override, nodes: 'pool in (' }]))).toBeUndefined()
    expect(resourceOverrides.read('[]')).toBeUndefined()
  })

  test('selectors as kubectl takes them', () => {
    expect(
      selector.read('pool=canary, zone in (a, b),!gpu,ssd,tier!=gold,arch notin (arm64)')?.matchExpressions,
    ).toEqual([
      { key: 'pool', operator: 'In', values: ['canary'] },
      { key: 'zone', operator: 'In', values: ['a', 'b'] },
      { key: 'gpu', operator: 'DoesNotExist', values: [] },
      { key: 'ssd', operator: 'Exists', values: [] },
      { key: 'tier', operator: 'NotIn', values: ['gold'] },
      { key: 'arch', operator: 'NotIn', values: ['arm64'] },
    ])
    expect(['', ',', 'a=b=c', 'a in b', 'a in (b', 'a b', '=b', 'a=ü'].map(selector.read)).toEqual(
      Array(8).fill(undefined),
    )
  })
})

describe('nonsense on a DaemonSet', () => {
  const warnings = (cluster: FakeCluster) => cluster.events.filter(event => event === 'Warning InvalidAnnotation')

  test('is told by one Event for as long as it stands, and again when it comes back', () => {
    const cluster = new FakeCluster()
    cluster.putNode(aNode('n0'))
    const put = (annotations: Record<string, string>) => {
      cluster.putDaemonSet({ ...(cluster.daemonSets.get('uid-ds') ?? aDaemonSet()), annotations })
      cluster.run()
      cluster.putNode(aNode(`n${cluster.version}`))
      cluster.run()
    }
    put({ 'rollcall.dev/pausd': 'true' })
    expect(warnings(cluster)).toHaveLength(1)
    put({ 'rollcall.dev/pausd': 'true', 'rollcall.dev/conditions': 'maybe' })
    expect(warnings(cluster)).toHaveLength(2)
    put({})
    put({ 'rollcall.dev/pausd': 'true' })
    expect(warnings(cluster)).toHaveLength(3)
    const said = cluster.log.flatMap(({ point }) => point?.decisions ?? []).map(({ reason }) => reason)
    expect(said.filter(({ rule }) => rule === 'annotation-invalid').map(({ facts }) => facts.annotations)).toEqual([
      ['rollcall.dev/pausd'],
      ['rollcall.dev/conditions'],
      ['rollcall.dev/pausd'],
    ])
  })
})
