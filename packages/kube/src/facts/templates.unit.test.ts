import { daemonSetFactsSchema, revisionFactsSchema, templateDigest } from '@rollcall/contracts'
import { describe, expect, it } from 'vitest'
import { daemonSetFacts, revisionFacts } from './index.ts'

const metadata = (extra: object = {}) => ({
  name: 'x',
  namespace: 'ns',
  uid: 'u-1',
  resourceVersion: '42',
  creationTimestamp: '2026-01-02T03:04:05Z',
  ...extra,
})
const createdAt = Date.parse('2026-01-02T03:04:05Z')

describe('daemonSet', () => {
  const template = {
    metadata: { labels: { app: 'a' }, creationTimestamp: null },
    spec: {
      hostNetwork: true,
      nodeSelector: { disk: 'ssd' },
      affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{}] } } },
      tolerations: [{ operator: 'Exists' }, { key: 'k', effect: 'NoExecute', tolerationSeconds: 5 }],
      initContainers: [{ name: 'i', image: 'init:1' }],
      containers: [{ name: 'c', image: 'main:1', env: [{ name: 'P', value: 'hunter2' }] }],
    },
  }
  const daemonSet = (extra: object = {}, annotations: object = {}) => ({
    metadata: metadata({ generation: 3, annotations }),
    spec: {
      selector: { matchLabels: { app: 'a' } },
      template,
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '10%', maxSurge: 0 } },
      ...extra,
    },
    status: { numberReady: 2 },
  })

  it('keeps what the rules look at', () => {
    const facts = daemonSetFacts(
      daemonSet(
        {},
        { 'deprecated.daemonset.template.generation': '7', 'rollcall.dev/pause': 'yes', 'x.y/z': 'secret' },
      ),
    )
    expect(facts).toEqual({
      namespace: 'ns',
      name: 'x',
      uid: 'u-1',
      resourceVersion: '42',
      generation: 3,
      createdAt,
      deletedAt: null,
      templateGeneration: 7,
      conditions: [],
      annotations: { 'rollcall.dev/pause': 'yes' },
      selector: { matchLabels: { app: 'a' }, matchExpressions: [] },
      updateStrategy: { type: 'RollingUpdate', maxUnavailable: '10%', maxSurge: 0 },
      minReadySeconds: 0,
      revisionHistoryLimit: 10,
      template: {
        digest: templateDigest(template),
        labels: { app: 'a' },
        hostNetwork: true,
        nodeName: null,
        nodeSelector: { disk: 'ssd' },
        affinityTerms: [{ matchExpressions: [], matchFields: [] }],
        tolerations: [
          { key: '', operator: 'Exists', value: '', effect: '', tolerationSeconds: null },
          { key: 'k', operator: '', value: '', effect: 'NoExecute', tolerationSeconds: 5 },
        ],
        images: ['init:1', 'main:1'],
      },
      status: {
        observedGeneration: 0,
        desiredNumberScheduled: 0,
        currentNumberScheduled: 0,
        numberMisscheduled: 0,
        numberReady: 2,
        numberAvailable: 0,
        numberUnavailable: 0,
        updatedNumberScheduled: 0,
        collisionCount: null,
      },
    })
    expect(daemonSetFactsSchema.parse(facts)).toEqual(facts)
    expect(JSON.stringify(facts)).not.toContain('hunter2')
  })

  it.each([
    ['1', 1],
    ['-2', -2],
    ['+3', 3],
    ['007', 7],
    ['1.5', null],
    ['', null],
    ['9223372036854775807', null],
    ['x', null],
  ])('template generation %j reads as %j', (text, expected) => {
    const facts = daemonSetFacts(daemonSet({}, { 'deprecated.daemonset.template.generation': text }))
    expect(facts.templateGeneration).toBe(expected)
  })

  it('no selector, no rolling update and no affinity are null', () => {
    const bare = { metadata: metadata(), spec: { template: { spec: {} }, updateStrategy: { type: 'OnDelete' } } }
    expect(daemonSetFacts(bare)).toMatchObject({
      selector: null,
      updateStrategy: { type: 'OnDelete', maxUnavailable: null, maxSurge: null },
      template: { affinityTerms: null },
    })
  })

  it('collision counts unset and 0 stay apart', () => {
    const collisionsOf = (status: object) => daemonSetFacts({ ...daemonSet(), status }).status.collisionCount
    expect([collisionsOf({}), collisionsOf({ collisionCount: 0 })]).toEqual([null, 0])
  })
})

describe('revision', () => {
  const template = { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'i:1' }] } }
  const revision = (data: unknown) => ({
    metadata: metadata({ labels: { 'controller-revision-hash': 'h' } }),
    revision: 4,
    data,
  })

  it('its template has the digest of the same template in the DaemonSet', () => {
    const facts = revisionFacts(revision({ spec: { template: { $patch: 'replace', ...template } } }))
    expect(facts).toMatchObject({ revision: 4, templateDigest: templateDigest(template), template })
    expect(revisionFactsSchema.parse(facts)).toEqual(facts)
  })

  it.each([
    ['nothing', undefined],
    ['a list', []],
    ['no template', { spec: {} }],
    ['no replacement', { spec: { template } }],
    ['more than the template', { spec: { template: { $patch: 'replace', ...template }, minReadySeconds: 1 } }],
  ])('data with %s is no template patch', (_, data) => {
    expect(revisionFacts(revision(data))).toMatchObject({ templateDigest: null, template: null })
  })
})
