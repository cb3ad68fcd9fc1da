import { describe, expect, test } from 'vitest'
import type { KubeObject } from '../../objects/object-store.ts'
import { aDaemonSet, aStore, containers, refusal, stored } from '../../testing/objects.ts'
import { fieldErrorText } from '../field-error.ts'
import { withDaemonSetDefaults } from './defaults.ts'
import { validateDaemonSet, validateDaemonSetStatus, validateDaemonSetUpdate } from './validate.ts'

// The cases of the reference by their ids (spec §9.6).

const generationAnnotation = 'deprecated.daemonset.template.generation'

/** A DaemonSet as it is validated: defaulted. */
function defaulted(spec: object = {}, metadata: object = {}): KubeObject {
  const object = stored(aDaemonSet('abc', { updateStrategy: { type: 'OnDelete' }, ...spec }), metadata)
  return { ...object, spec: withDaemonSetDefaults(object.spec as object) } as KubeObject
}

const atGeneration = (generation: number) => ({ annotations: { [generationAnnotation]: String(generation) } })

const texts = (errors: Iterable<Parameters<typeof fieldErrorText>[0]>) => [...errors].map(fieldErrorText)

const template = (spec: object = {}, labels: object = { a: 'b' }) => ({
  metadata: { labels },
  spec: { containers, ...spec },
})

const rolling = (maxUnavailable: number | string, maxSurge: number | string) => ({
  updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable, maxSurge } },
})

describe('a status update', () => {
  const counts = {
    currentNumberScheduled: 1,
    numberMisscheduled: 1,
    desiredNumberScheduled: 1,
    numberReady: 1,
    observedGeneration: 1,
    updatedNumberScheduled: 1,
    numberAvailable: 1,
    numberUnavailable: 0,
  }
  const withStatus = (status: object) => ({ ...defaulted(), status: { ...counts, ...status } }) as KubeObject

  test('V01: of sane numbers is taken', () => {
    expect(texts(validateDaemonSetStatus(withStatus({}), withStatus({})))).toEqual([])
  })

  test.each([
    ['V02', Object.keys(counts)],
    ['V03', ['currentNumberScheduled']],
    ['V04', ['numberMisscheduled']],
    ['V05', ['desiredNumberScheduled']],
    ['V06', ['numberReady']],
    ['V07', ['observedGeneration']],
    ['V08', ['updatedNumberScheduled']],
    ['V09', ['numberAvailable']],
    ['V10', ['numberUnavailable']],
  ])('%s: of negative %s is refused', (_, fields) => {
    const status = Object.fromEntries(fields.map(field => [field, -1]))
    expect(texts(validateDaemonSetStatus(withStatus(status), withStatus({})))).toEqual(
      fields.map(field => `status.${field}: Invalid value: -1: must be greater than or equal to 0`),
    )
  })

  test('does not lower or drop collisionCount', () => {
    for (const status of [{ collisionCount: 1 }, {}]) {
      expect(texts(validateDaemonSetStatus(withStatus(status), withStatus({ collisionCount: 2 })))).toEqual([
        `status.collisionCount: Invalid value: ${status.collisionCount ?? 0}: cannot be decremented`,
      ])
    }
  })
})

describe('an update', () => {
  const present = defaulted({}, atGeneration(1))

  test.each<[string, KubeObject, KubeObject, readonly string[]]>([
    ['V11: no change', present, present, []],
    [
      'V12: template changed, generation counted',
      defaulted({ template: template({ nodeName: 'n' }) }, atGeneration(2)),
      present,
      [],
    ],
    ['V13: the same template', defaulted({ template: template() }, atGeneration(1)), present, []],
    ['V14: another strategy', defaulted(rolling(1, 0), atGeneration(1)), present, []],
    [
      'V15: no list and an empty list',
      defaulted({ template: template({ tolerations: [] }) }, atGeneration(1)),
      present,
      [],
    ],
    [
      'V16: a volume',
      defaulted({ template: template({ volumes: [{ name: 'v', emptyDir: {} }] }) }, atGeneration(2)),
      present,
      [],
    ],
    [
      'V17: another name',
      defaulted({}, { name: 'def', ...atGeneration(1) }),
      present,
      ['metadata.name: Invalid value: "def": field is immutable'],
    ],
    [
      'V18: another selector',
      defaulted({ selector: { matchLabels: { c: 'd' } }, template: template({}, { c: 'd' }) }, atGeneration(2)),
      present,
      ['spec.selector: Invalid value: {"matchLabels":{"c":"d"}}: field is immutable'],
    ],
    [
      'V20: no containers',
      defaulted({ template: template({ containers: [] }) }, atGeneration(2)),
      present,
      ['spec.template.spec.containers: Required value'],
    ],
    [
      'V21: an unknown strategy',
      defaulted({ updateStrategy: { type: 'Random' } }, atGeneration(1)),
      present,
      [
        'spec.updateStrategy: Unsupported value: {"Type":"Random","RollingUpdate":null}: supported values: "RollingUpdate", "OnDelete"',
      ],
    ],
    [
      'V22: a negative template generation',
      defaulted({}, atGeneration(-1)),
      defaulted({}, atGeneration(-1)),
      ['spec.templateGeneration: Invalid value: -1: must be greater than or equal to 0'],
    ],
    [
      'V23: a lower template generation',
      defaulted({}, atGeneration(4)),
      defaulted({}, atGeneration(5)),
      ['spec.templateGeneration: Invalid value: 4: must not be decremented'],
    ],
    [
      'V24: template changed, generation not counted',
      defaulted({ template: template({ nodeName: 'n' }) }, atGeneration(1)),
      present,
      ['spec.templateGeneration: Invalid value: 1: must be incremented upon template update'],
    ],
  ])('%s', (_, next, before, expected) => {
    expect(texts(validateDaemonSetUpdate(next, before))).toEqual(expected)
  })

  test('V19: an invalid selector is two errors', () => {
    const next = defaulted({ selector: { matchLabels: { 'NoUppercase=Equals': 'b' } } }, atGeneration(1))
    expect(texts(validateDaemonSetUpdate(next, present))).toEqual([
      'spec.selector: Invalid value: {"matchLabels":{"NoUppercase=Equals":"b"}}: field is immutable',
      expect.stringMatching(
        /^spec\.selector\.matchLabels: Invalid value: "NoUppercase=Equals": name part must consist of/,
      ),
    ])
  })
})

describe('a DaemonSet', () => {
  test.each([
    ['V25: abc', defaulted({}, { name: 'abc' })],
    ['V26: abc-123', defaulted({}, { name: 'abc-123' })],
    [
      'V27: a host network and a container port',
      defaulted({
        template: template({
          hostNetwork: true,
          containers: [{ ...containers[0], ports: [{ containerPort: 12345 }] }],
        }),
      }),
    ],
    ['V43: unavailable 1', defaulted(rolling(1, 0))],
    ['V44: unavailable 1%', defaulted(rolling('1%', 0))],
    ['V45: unavailable 100%', defaulted(rolling('100%', 0))],
    ['V50: surge 1', defaulted(rolling(0, 1))],
    ['V51: surge 1%', defaulted(rolling(0, '1%'))],
    ['V52: surge 100%', defaulted(rolling(0, '100%'))],
    ['unavailable 500', defaulted(rolling(500, 0))],
  ])('is taken: %s', (_, object) => {
    expect(texts(validateDaemonSet(object))).toEqual([])
  })

  const zero = 'spec.updateStrategy.rollingUpdate.maxUnavailable: Required value: cannot be 0 when maxSurge is 0'
  const mismatch = /^spec\.template\.metadata\.labels: Invalid value: .*: `selector` does not match template `labels`$/

  test.each<[string, KubeObject, readonly (string | RegExp)[]]>([
    ['V28: no name', defaulted({}, { name: '' }), ['metadata.name: Required value: name or generateName is required']],
    ['V29: no namespace', defaulted({}, { namespace: '' }), ['metadata.namespace: Required value']],
    ['V30: no selector', defaulted({ selector: undefined }), [mismatch]],
    [
      'V31: an empty selector',
      defaulted({ selector: {} }),
      ['spec.selector: Invalid value: {}: empty selector is invalid for daemonset'],
    ],
    ['V32: a selector of others', defaulted({ selector: { matchLabels: { c: 'd' } } }), [mismatch]],
    [
      'V33: an empty template',
      defaulted({ template: {} }),
      [mismatch, 'spec.template.spec.containers: Required value'],
    ],
    [
      'V34: an invalid label key',
      defaulted({}, { labels: { 'a=b': 'c' } }),
      [/^metadata\.labels: Invalid value: "a=b"/],
    ],
    [
      'V35: an invalid label key in the template',
      defaulted({ template: template({}, { 'a=b': 'c' }) }),
      [mismatch, /^spec\.template\.labels: Invalid value: "a=b"/],
    ],
    [
      'V36: an invalid annotation key',
      defaulted({}, { annotations: { 'a=b': 'c' } }),
      [/^metadata\.annotations: Invalid value: "a=b"/],
    ],
    [
      'V37: restart on failure',
      defaulted({ template: template({ restartPolicy: 'OnFailure' }) }),
      ['spec.template.spec.restartPolicy: Unsupported value: "OnFailure": supported values: "Always"'],
    ],
    [
      'V38: no restart',
      defaulted({ template: template({ restartPolicy: 'Never' }) }),
      ['spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"'],
    ],
    [
      'V39: ephemeral containers',
      defaulted({ template: template({ ephemeralContainers: [{ name: 'x', image: 'x' }] }) }),
      ['spec.template.spec.ephemeralContainers: Forbidden: ephemeral containers not allowed in pod template'],
    ],
    ['V40: rolling with neither', defaulted(rolling(0, 0)), [zero]],
    ['V41: unavailable 0%', defaulted(rolling('0%', 0)), [zero]],
    ['V42: unavailable 0', defaulted(rolling(0, 0)), [zero]],
    [
      'V46: unavailable 101%',
      defaulted(rolling('101%', 0)),
      ['spec.updateStrategy.rollingUpdate.maxUnavailable: Invalid value: "101%": must not be greater than 100%'],
    ],
    [
      'V47: both',
      defaulted(rolling('1%', '1%')),
      [
        'spec.updateStrategy.rollingUpdate.maxSurge: Invalid value: "1%": may not be set when maxUnavailable is non-zero',
      ],
    ],
    ['V48: surge 0%', defaulted(rolling(0, '0%')), [zero]],
    ['V49: surge 0', defaulted(rolling(0, 0)), [zero]],
    [
      'V53: surge 101%',
      defaulted(rolling(0, '101%')),
      ['spec.updateStrategy.rollingUpdate.maxSurge: Invalid value: "101%": must not be greater than 100%'],
    ],
    ['V54: both 0%', defaulted(rolling('0%', '0%')), [zero]],
    ['V55: both 0', defaulted(rolling(0, 0)), [zero]],
    ['V56: unavailable 0, surge 0%', defaulted(rolling(0, '0%')), [zero]],
    [
      'no percentage',
      defaulted(rolling('x', 0)),
      [
        "spec.updateStrategy.rollingUpdate.maxUnavailable: Invalid value: \"x\": a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')",
        zero,
      ],
    ],
    [
      'negative numbers',
      defaulted({ minReadySeconds: -1, revisionHistoryLimit: -1 }),
      [
        'spec.minReadySeconds: Invalid value: -1: must be greater than or equal to 0',
        'spec.revisionHistoryLimit: Invalid value: -1: must be greater than or equal to 0',
      ],
    ],
    [
      'a deadline',
      defaulted({ template: template({ activeDeadlineSeconds: 5 }) }),
      ['spec.template.spec.activeDeadlineSeconds: Forbidden: activeDeadlineSeconds in DaemonSet is not Supported'],
    ],
    [
      'an unknown operator',
      defaulted({ selector: { matchExpressions: [{ key: 'a', operator: 'Like', values: ['b'] }] } }),
      ['spec.selector.matchExpressions[0].operator: Invalid value: "Like": not a valid selector operator'],
    ],
  ])('is refused: %s', (_, object, expected) => {
    const complaints = texts(validateDaemonSet(object))
    expect(complaints).toEqual(expected.map(text => (typeof text === 'string' ? text : expect.stringMatching(text))))
  })
})

describe('defaults', () => {
  const one = { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1, maxSurge: 0 } }

  test('D01: of a template with labels', () => {
    expect(withDaemonSetDefaults({ template: { metadata: { labels: { a: 'b' } } } })).toMatchObject({
      updateStrategy: one,
      revisionHistoryLimit: 10,
    })
  })

  test('D02: a limit that is given stays', () => {
    expect(withDaemonSetDefaults({ revisionHistoryLimit: 1 })).toMatchObject({
      updateStrategy: one,
      revisionHistoryLimit: 1,
    })
    expect(withDaemonSetDefaults({ revisionHistoryLimit: 0 }).revisionHistoryLimit).toBe(0)
  })

  test('D03: OnDelete gets no rolling update', () => {
    expect(withDaemonSetDefaults({ updateStrategy: { type: 'OnDelete' } })).toMatchObject({
      updateStrategy: { type: 'OnDelete' },
      revisionHistoryLimit: 10,
    })
    expect(withDaemonSetDefaults({ updateStrategy: { type: 'OnDelete' } }).updateStrategy).not.toHaveProperty(
      'rollingUpdate',
    )
  })

  test('D04: of an empty spec', () => {
    expect(withDaemonSetDefaults({})).toEqual({
      updateStrategy: one,
      revisionHistoryLimit: 10,
      template: {
        spec: {
          restartPolicy: 'Always',
          dnsPolicy: 'ClusterFirst',
          schedulerName: 'default-scheduler',
          securityContext: {},
          terminationGracePeriodSeconds: 30,
        },
      },
    })
  })

  test('are found again: defaulting twice is defaulting once, and gives the same object', () => {
    const once = withDaemonSetDefaults(aDaemonSet('a').spec as object)
    expect(withDaemonSetDefaults(once)).toBe(once)
  })
})

describe('through the store', () => {
  const created = (spec: object = {}, metadata: object = {}) => {
    const { store } = aStore()
    store.create('daemonsets', 'default', aDaemonSet('d', spec, metadata))
    const change = (edit: (present: KubeObject) => object) =>
      store.change('daemonsets', 'default', 'd', present => ({ ...present, ...edit(present) }))
    return { store, change, present: () => store.get('daemonsets', 'default', 'd') }
  }
  const specOf = (object: KubeObject) => object.spec as { readonly [field: string]: object }

  test('S01: the selector does not change', () => {
    const { change } = created()
    const selector = { matchLabels: { a: 'b' }, matchExpressions: [{ key: 'a', operator: 'Exists' }] }
    const { code, reason, message, details } = refusal(() =>
      change(present => ({ spec: { ...specOf(present), selector } })),
    )
    const text = `Invalid value: ${JSON.stringify(selector)}: field is immutable`
    expect({ code, reason, message, details }).toEqual({
      code: 422,
      reason: 'Invalid',
      message: `DaemonSet.apps "d" is invalid: spec.selector: ${text}`,
      details: {
        name: 'd',
        group: 'apps',
        kind: 'DaemonSet',
        causes: [{ reason: 'FieldValueInvalid', message: text, field: 'spec.selector' }],
      },
    })
  })

  test('S03: an invalid label value that is there already does not block other changes', () => {
    const selector = { matchExpressions: [{ key: 'a', operator: 'NotIn', values: ['not valid!'] }] }
    const present = defaulted({ selector }, atGeneration(1))
    expect(texts(validateDaemonSetUpdate(present, present))).toEqual([])
    expect(texts(validateDaemonSet(present))).toHaveLength(1)
  })

  test('S04: a valid one is taken, one that selects nothing is not', () => {
    expect(created().present().metadata.generation).toBe(1)
    expect(refusal(() => created({ selector: {} })).code).toBe(422)
  })

  test('S05: node selector and DNS policy may change, the restart policy not', () => {
    const { change } = created()
    const withTemplate = (spec: object) => (present: KubeObject) => ({
      spec: { ...specOf(present), template: template(spec) },
    })
    expect(change(withTemplate({ nodeSelector: { ssd: 'true' }, dnsPolicy: 'Default' })).metadata.generation).toBe(2)
    expect(refusal(() => change(withTemplate({ restartPolicy: 'OnFailure' }))).message).toMatch(/restartPolicy/)
    expect(refusal(() => change(() => ({ metadata: { name: '' } }))).code).toBe(400)
  })

  test('S06: observedGeneration is stored through the subresource', () => {
    const { store, present } = created()
    store.change('daemonsets', 'default', 'd', d => ({ ...d, status: { observedGeneration: 5 } }), 'status')
    expect(present().status).toEqual({
      currentNumberScheduled: 0,
      numberMisscheduled: 0,
      desiredNumberScheduled: 0,
      numberReady: 0,
      observedGeneration: 5,
    })
    expect(present().metadata.generation).toBe(1)
  })

  test('generation counts changes of spec, template generation those of the template (spec §8.2)', () => {
    const { change, present } = created({}, { annotations: { [generationAnnotation]: '7' } })
    const generations = () => ({
      spec: present().metadata.generation,
      template: present().metadata.annotations?.[generationAnnotation],
    })
    expect(generations()).toEqual({ spec: 1, template: '7' })
    change(({ metadata }) => ({
      metadata: { ...metadata, labels: { x: 'y' }, annotations: { [generationAnnotation]: '99' } },
    }))
    expect(generations()).toEqual({ spec: 1, template: '7' })
    change(d => ({ spec: { ...specOf(d), minReadySeconds: 5 } }))
    expect(generations()).toEqual({ spec: 2, template: '7' })
    change(d => ({ spec: { ...specOf(d), template: template({ nodeSelector: { a: 'b' } }) } }))
    expect(generations()).toEqual({ spec: 3, template: '8' })
  })

  test('a template generation that is no number cannot be read', () => {
    expect(refusal(() => created({}, { annotations: { [generationAnnotation]: 'x' } }))).toMatchObject({
      code: 400,
      message:
        'DaemonSet in version "v1" cannot be handled as a DaemonSet: strconv.ParseInt: parsing "x": invalid syntax',
    })
  })

  test('a new one has no status, and template generation 1', () => {
    const { store } = aStore()
    const object = store.create('daemonsets', 'default', { ...aDaemonSet('d'), status: { numberReady: 9 } })
    expect(object.status).toMatchObject({ numberReady: 0 })
    expect(object.metadata.annotations).toEqual({ [generationAnnotation]: '1' })
  })

  test.each([
    ['Foreground', 'foregroundDeletion'],
    ['Orphan', 'orphan'],
  ] as const)('deleted %s it waits for the garbage collector (spec §6.3)', (propagationPolicy, finalizer) => {
    const { store, present } = created()
    store.delete('daemonsets', 'default', 'd', { propagationPolicy })
    expect(present().metadata).toMatchObject({ finalizers: [finalizer], generation: 2, deletionGracePeriodSeconds: 0 })
    store.change('daemonsets', 'default', 'd', d => ({ ...d, metadata: { ...d.metadata, finalizers: [] } }))
    expect(store.find('daemonsets', 'default', 'd')).toBeNull()
  })

  test('deleted in the background, or as the default, it is gone at once', () => {
    const { store } = created()
    store.delete('daemonsets', 'default', 'd')
    expect(store.find('daemonsets', 'default', 'd')).toBeNull()
  })

  test('what the request says goes before the finalizer, and orphanDependents before that', () => {
    const held = { finalizers: ['orphan'] }
    const { store } = created({}, held)
    store.delete('daemonsets', 'default', 'd')
    expect(store.get('daemonsets', 'default', 'd').metadata.finalizers).toEqual(['orphan'])
    const other = created({}, held)
    other.store.delete('daemonsets', 'default', 'd', { propagationPolicy: 'Foreground' })
    expect(other.present().metadata.finalizers).toEqual(['foregroundDeletion'])
    const legacy = created({}, held)
    legacy.store.delete('daemonsets', 'default', 'd', { propagationPolicy: 'Foreground', orphanDependents: false })
    expect(legacy.store.find('daemonsets', 'default', 'd')).toBeNull()
  })
})
