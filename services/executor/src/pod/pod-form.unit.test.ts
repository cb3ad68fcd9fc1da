import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { JsonObject } from '../kube-objects.ts'
import { type PodFormSource, printPodForm } from './pod-form.ts'
import { withDaemonTolerations } from './tolerations.ts'

const daemonSet = { namespace: 'logs', name: 'fluentd', uid: 'u-1' }
const blanks = { podName: 'fluentd-bcdfghjklm', commandId: 'c0ffee', node: 'host_1' }

function pod(source: Partial<PodFormSource> & { template: JsonObject }, filled = blanks): JsonObject {
  const form = printPodForm({ daemonSet, hash: 'h', templateGeneration: null, ...source })
  if (form === null) throw new Error('there is no form')
  return JSON.parse(form.fill(filled))
}

const labels = { app: 'fluentd' }
const withSpec = (spec: JsonObject): JsonObject => ({ metadata: { labels }, spec })
const labelsOf = (object: JsonObject) => (object as { metadata: { labels: object } }).metadata.labels
const affinityOf = (object: JsonObject) => (object as { spec: { affinity: JsonObject } }).spec.affinity
const required = (terms: JsonObject[]): JsonObject => ({
  requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: terms },
})
const onHost1 = required([{ matchFields: [{ key: 'metadata.name', operator: 'In', values: ['host_1'] }] }])

test('the golden pod: its bytes are fixed, but for name, command and node', () => {
  const template = {
    metadata: { labels, annotations: { note: 'a<b' }, finalizers: ['example.com/f'], name: 'ignored', namespace: 'x' },
    spec: { containers: [{ name: 'main', image: 'fluentd:1', resources: {} }], restartPolicy: 'Always' },
  }
  const form = printPodForm({ template, daemonSet, hash: '54c7', templateGeneration: 3 })
  expect(form?.fill(blanks)).toBe(
    '{"apiVersion":"v1","kind":"Pod","metadata":{"name":"fluentd-bcdfghjklm","generateName":"fluentd-","namespace":"logs",' +
      '"labels":{"app":"fluentd","pod-template-generation":"3","controller-revision-hash":"54c7"},"finalizers":["example.com/f"],' +
      '"ownerReferences":[{"apiVersion":"apps/v1","kind":"DaemonSet","name":"fluentd","uid":"u-1","controller":true,"blockOwnerDeletion":true}],' +
      '"annotations":{"note":"a<b","rollcall.dev/command":"c0ffee"}},' +
      '"spec":{"containers":[{"name":"main","image":"fluentd:1","resources":{}}],"restartPolicy":"Always","tolerations":[' +
      '{"key":"node.kubernetes.io/not-ready","operator":"Exists","effect":"NoExecute"},' +
      '{"key":"node.kubernetes.io/unreachable","operator":"Exists","effect":"NoExecute"},' +
      '{"key":"node.kubernetes.io/disk-pressure","operator":"Exists","effect":"NoSchedule"},' +
      '{"key":"node.kubernetes.io/memory-pressure","operator":"Exists","effect":"NoSchedule"},' +
      '{"key":"node.kubernetes.io/pid-pressure","operator":"Exists","effect":"NoSchedule"},' +
      '{"key":"node.kubernetes.io/unschedulable","operator":"Exists","effect":"NoSchedule"}],' +
      '"affinity":{"nodeAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":{"nodeSelectorTerms":[{"matchFields":' +
      '[{"key":"metadata.name","operator":"In","values":["host_1"]}]}]}}}}}',
  )
})

describe('labels (spec §1.6)', () => {
  test('T11: generation 1 and no hash: the generation label only', () => {
    expect(labelsOf(pod({ template: withSpec({}), hash: '', templateGeneration: 1 }))).toEqual({
      ...labels,
      'pod-template-generation': '1',
    })
  })

  test('T12: generation 2 and a hash: both labels', () => {
    expect(labelsOf(pod({ template: withSpec({}), hash: '3242341807', templateGeneration: 2 }))).toEqual({
      ...labels,
      'pod-template-generation': '2',
      'controller-revision-hash': '3242341807',
    })
  })

  test('they win over labels of the template', () => {
    const own = { 'pod-template-generation': 'x', 'controller-revision-hash': 'y' }
    const template = { metadata: { labels: own }, spec: {} }
    expect(labelsOf(pod({ template, hash: 'h', templateGeneration: 7 }))).toEqual({
      'pod-template-generation': '7',
      'controller-revision-hash': 'h',
    })
  })

  test('a pod without any label is not printed', () => {
    expect(printPodForm({ template: { spec: {} }, daemonSet, hash: '', templateGeneration: null })).toBeNull()
  })
})

describe('node affinity (spec §1.8)', () => {
  test('T13: none: a required term for the node', () => {
    expect(affinityOf(pod({ template: withSpec({}) }))).toEqual({ nodeAffinity: onHost1 })
  })

  test('T15: preferred terms are kept', () => {
    const preferred = { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1, preference: {} }] }
    const template = withSpec({ affinity: { nodeAffinity: preferred } })
    expect(affinityOf(pod({ template }))).toEqual({ nodeAffinity: { ...preferred, ...onHost1 } })
  })

  const expression = { matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: ['host_1'] }] }
  const field = (key: string, operator: string, ...values: string[]) => ({ matchFields: [{ key, operator, values }] })
  test.each([
    ['T14: an expression', [expression]],
    ['T16: a field with two values', [field('metadata.name', 'In', 'host_1', 'host_2')]],
    ['T17: two terms', [expression, field('metadata.name', 'In', 'host_2')]],
    ['T18: a field that excludes', [field('metadata.name', 'NotIn', 'host_2')]],
    ['T19: another field', [field('metadata.foo', 'In', 'host_2')]],
  ])('%s is replaced by the one term', (_, terms) => {
    const template = withSpec({ affinity: { nodeAffinity: required(terms) } })
    expect(affinityOf(pod({ template }))).toEqual({ nodeAffinity: onHost1 })
  })

  test('pod affinity and node selector are kept', () => {
    const podAntiAffinity = { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: 'zone' }] }
    const made = pod({ template: withSpec({ affinity: { podAntiAffinity }, nodeSelector: { disk: 'ssd' } }) })
    expect(affinityOf(made)).toEqual({ podAntiAffinity, nodeAffinity: onHost1 })
    expect((made.spec as JsonObject).nodeSelector).toEqual({ disk: 'ssd' })
  })
})

test('any name, command, node and annotation is spliced in safely', () => {
  const any = fc.string({ unit: 'grapheme' })
  fc.assert(
    fc.property(any, any, any, fc.dictionary(any, any), (podName, commandId, node, annotations) => {
      const spec = { hostNetwork: true, containers: [{ args: [node] }], nodeName: '' }
      const template = { metadata: { labels, annotations }, spec }
      const made = pod({ template }, { podName, commandId, node }) as { metadata: JsonObject; spec: JsonObject }
      expect(made.metadata.name).toBe(podName)
      expect(made.metadata.annotations).toEqual(
        JSON.parse(JSON.stringify({ ...annotations, 'rollcall.dev/command': commandId })),
      )
      expect(made.spec).toEqual({
        ...spec,
        tolerations: withDaemonTolerations([], true),
        affinity: {
          nodeAffinity: required([{ matchFields: [{ key: 'metadata.name', operator: 'In', values: [node] }] }]),
        },
      })
    }),
  )
})
