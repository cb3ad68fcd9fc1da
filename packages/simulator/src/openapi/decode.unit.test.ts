import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DecodeError, decode } from './decode.ts'

const daemonSet = 'io.k8s.api.apps.v1.DaemonSet'
const pod = 'io.k8s.api.core.v1.Pod'

describe('what Go would write again', () => {
  test('empty and null fields are left out, required ones are written', () => {
    const { value } = decode(pod, {
      metadata: { name: 'a', labels: {}, annotations: null },
      spec: { containers: [{ name: 'c', args: [], stdin: false }], hostNetwork: false, nodeSelector: null },
    })
    expect(value).toEqual({ metadata: { name: 'a' }, spec: { containers: [{ name: 'c', resources: {} }] }, status: {} })
  })

  test('a pointer to zero is kept, a zero is not', () => {
    const { value } = decode(daemonSet, { spec: { minReadySeconds: 0, revisionHistoryLimit: 0 } })
    expect(value.spec).toMatchObject({ revisionHistoryLimit: 0 })
    expect(value.spec).not.toHaveProperty('minReadySeconds')
  })

  test('the counts of a status are always written', () => {
    expect(decode(daemonSet, {}).value.status).toEqual({
      currentNumberScheduled: 0,
      desiredNumberScheduled: 0,
      numberMisscheduled: 0,
      numberReady: 0,
    })
  })

  test('times are written in seconds, or in microseconds', () => {
    const event = decode('io.k8s.api.core.v1.Event', {
      firstTimestamp: '2026-01-01T01:00:00.5+01:00',
      eventTime: '2026-01-01T00:00:00.123456Z',
    })
    expect(event.value).toMatchObject({
      firstTimestamp: '2026-01-01T00:00:00Z',
      eventTime: '2026-01-01T00:00:00.123456Z',
      lastTimestamp: null,
    })
  })
})

describe('what cannot be read', () => {
  test.each([
    [
      { spec: { minReadySeconds: 'x' } },
      'json: cannot unmarshal string into Go struct field DaemonSetSpec.spec.minReadySeconds of type int32',
    ],
    [
      { spec: { minReadySeconds: 1.5 } },
      'json: cannot unmarshal number 1.5 into Go struct field DaemonSetSpec.spec.minReadySeconds of type int32',
    ],
    [
      { metadata: { labels: { a: 1 } } },
      'json: cannot unmarshal number into Go struct field ObjectMeta.metadata.labels of type string',
    ],
    [
      { spec: { template: { spec: { containers: {} } } } },
      'json: cannot unmarshal object into Go struct field PodSpec.spec.template.spec.containers of type []v1.Container',
    ],
    [
      { metadata: { creationTimestamp: 'now' } },
      'parsing time "now" as "2006-01-02T15:04:05Z07:00": cannot parse "now" as "2006"',
    ],
  ])('%j', (given, words) => {
    expect(() => decode(daemonSet, given)).toThrow(new DecodeError(words))
  })
})

test('unknown fields are dropped, and named with their place', () => {
  const { value, unknownFields } = decode(daemonSet, {
    extra: 1,
    spec: { paused: true, template: { spec: { containers: [{ name: 'a' }, { nme: 'b' }] } } },
  })
  expect(unknownFields).toEqual([
    'unknown field "spec.template.spec.containers[1].nme"',
    'unknown field "spec.paused"',
    'unknown field "extra"',
  ])
  expect(JSON.stringify(value)).not.toMatch(/extra|paused|nme/)
})

test('reading what was written changes nothing', () => {
  const container = fc.record(
    {
      name: fc.string(),
      image: fc.string(),
      args: fc.array(fc.string(), { maxLength: 2 }),
      tty: fc.boolean(),
      ports: fc.array(fc.record({ containerPort: fc.integer(), hostPort: fc.integer() }), { maxLength: 2 }),
      resources: fc.record({ limits: fc.dictionary(fc.string(), fc.constantFrom('1', '0.5', '1024Mi', '1e3')) }),
    },
    { requiredKeys: [] },
  )
  const spec = fc.record({
    hostNetwork: fc.boolean(),
    terminationGracePeriodSeconds: fc.option(fc.integer()),
    nodeSelector: fc.option(fc.dictionary(fc.string(), fc.string())),
    containers: fc.array(container, { maxLength: 3 }),
    tolerations: fc.option(fc.array(fc.record({ key: fc.string(), tolerationSeconds: fc.option(fc.integer()) }))),
  })
  fc.assert(
    fc.property(spec, given => {
      const once = decode(pod, { spec: given }).value
      expect(decode(pod, once)).toEqual({ value: once, unknownFields: [] })
    }),
  )
})
