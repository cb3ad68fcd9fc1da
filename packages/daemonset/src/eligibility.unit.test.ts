import type { NodeFacts, Requirement, TemplateFacts, Toleration } from '@rollcall/contracts'
import { describe, expect, test } from 'vitest'
import { automaticTolerations, eligibilityOf, tolerates } from './eligibility.ts'
import { aNode, aTemplate } from './testing/objects.ts'

/** The ids are those of the spec's conformance suite (spec §9.1 U44, §9.4). */

const is = (key: string, operator: string, ...values: string[]): Requirement => ({ key, operator, values })
const expressions = (...matchExpressions: Requirement[]) => ({ matchExpressions, matchFields: [] })
const fields = (...matchFields: Requirement[]) => ({ matchExpressions: [], matchFields })
const name = (...values: string[]) => is('metadata.name', 'In', ...values)
const labelled = (labels: Record<string, string>) => aNode('node_1', { labels })
const foo = labelled({ foo: 'bar' })
const gpu = labelled({ GPU: 'NVIDIA-GRID-K1' })

type Case = readonly [id: string, what: string, template: Partial<TemplateFacts>, node: NodeFacts, runs: boolean]

describe('node affinity and nodeSelector', () => {
  const cases: readonly Case[] = [
    [
      'N02',
      'terms that do not parse are passed over, the good one decides',
      {
        affinityTerms: [fields(name('a', 'node_1')), expressions(is('foo', 'Exists')), expressions(is('?', 'Exists'))],
      },
      foo,
      true,
    ],
    [
      'N03',
      'one term: the field matches, the label does not',
      { affinityTerms: [{ ...expressions(is('foo', 'In', 'no')), matchFields: [name('node_1')] }] },
      foo,
      false,
    ],
    [
      'N04',
      'one term: field and label match',
      { affinityTerms: [{ ...expressions(is('foo', 'In', 'bar')), matchFields: [name('node_1')] }] },
      foo,
      true,
    ],
    [
      'N05',
      'only the second term matches',
      { affinityTerms: [expressions(is('foo', 'In', 'no')), expressions(is('foo', 'In', 'bar'))] },
      foo,
      true,
    ],
    [
      'N08',
      'Exists with values does not parse',
      { affinityTerms: [expressions(is('foo', 'Exists', 'bar'))] },
      foo,
      false,
    ],
    ['N10', 'an operator nobody knows', { affinityTerms: [expressions(is('foo', 'Like', 'bar'))] }, foo, false],
    ['N11', 'neither nodeSelector nor affinity', {}, foo, true],
    ['N12', 'nodeSelector, node without labels', { nodeSelector: { foo: 'bar' } }, aNode('node_1'), false],
    ['N13', 'nodeSelector, the same label', { nodeSelector: { foo: 'bar' } }, foo, true],
    ['N14', 'the labels are a superset', { nodeSelector: { foo: 'bar' } }, labelled({ foo: 'bar', baz: 'x' }), true],
    ['N15', 'the labels are a subset', { nodeSelector: { foo: 'bar', baz: 'x' } }, foo, false],
    ['N16', 'In', { affinityTerms: [expressions(is('foo', 'In', 'bar', 'value2'))] }, foo, true],
    [
      'N17',
      'Gt compares numbers, whatever zeros lead',
      { affinityTerms: [expressions(is('kernel', 'Gt', '0204'))] },
      labelled({ kernel: '0206' }),
      true,
    ],
    [
      'N17',
      'Gt is not Ge',
      { affinityTerms: [expressions(is('kernel', 'Gt', '0206'))] },
      labelled({ kernel: '206' }),
      false,
    ],
    ['N17', 'Lt', { affinityTerms: [expressions(is('kernel', 'Lt', '9'))] }, labelled({ kernel: '8' }), true],
    [
      'N17',
      'Gt beyond 2^53 is exact',
      { affinityTerms: [expressions(is('n', 'Gt', '9007199254740992'))] },
      labelled({ n: '9007199254740993' }),
      true,
    ],
    ['N17', 'Gt of no number', { affinityTerms: [expressions(is('n', 'Gt', '1'))] }, labelled({ n: 'many' }), false],
    [
      'N18',
      'NotIn',
      { affinityTerms: [expressions(is('mem', 'NotIn', 'DDR', 'DDR2'))] },
      labelled({ mem: 'DDR3' }),
      true,
    ],
    [
      'N18',
      'NotIn holds where the label is absent',
      { affinityTerms: [expressions(is('mem', 'NotIn', 'DDR'))] },
      foo,
      true,
    ],
    ['N19', 'Exists', { affinityTerms: [expressions(is('GPU', 'Exists'))] }, gpu, true],
    ['N19', 'DoesNotExist', { affinityTerms: [expressions(is('GPU', 'DoesNotExist'))] }, gpu, false],
    ['N20', 'In, another value', { affinityTerms: [expressions(is('foo', 'In', 'value1', 'value2'))] }, foo, false],
    ['N22', 'a required block without terms matches nothing', { affinityTerms: [] }, foo, false],
    ['N23', 'an empty term matches nothing', { affinityTerms: [expressions()] }, foo, false],
    [
      'N26',
      'Exists and NotIn',
      { affinityTerms: [expressions(is('GPU', 'Exists'), is('GPU', 'NotIn', 'AMD', 'INTER'))] },
      gpu,
      true,
    ],
    [
      'N27',
      'Exists and In',
      { affinityTerms: [expressions(is('GPU', 'Exists'), is('GPU', 'In', 'AMD', 'INTER'))] },
      gpu,
      false,
    ],
    [
      'N28',
      'the first of two terms matches',
      { affinityTerms: [expressions(is('foo', 'In', 'bar')), expressions(is('foo', 'In', 'no'))] },
      foo,
      true,
    ],
    [
      'N29',
      'nodeSelector and affinity match',
      { nodeSelector: { foo: 'bar' }, affinityTerms: [expressions(is('foo', 'Exists'))] },
      foo,
      true,
    ],
    [
      'N30',
      'affinity matches, nodeSelector does not',
      { nodeSelector: { foo: 'no' }, affinityTerms: [expressions(is('foo', 'Exists'))] },
      foo,
      false,
    ],
    [
      'N31',
      'a value no label can have does not parse',
      { affinityTerms: [expressions(is('foo', 'NotIn', 'invalid value: ___@#$%^'))] },
      foo,
      false,
    ],
    ['N32', 'the name, on that node', { affinityTerms: [fields(name('node_1'))] }, foo, true],
    ['N32', 'the name, on another node', { affinityTerms: [fields(name('node_1'))] }, aNode('node_2'), false],
    [
      'N33',
      'field mismatch OR expression match',
      { affinityTerms: [fields(name('node_2')), expressions(is('foo', 'Exists'))] },
      foo,
      true,
    ],
    [
      'N34',
      'field mismatch AND expression match',
      { affinityTerms: [{ ...expressions(is('foo', 'Exists')), matchFields: [name('node_2')] }] },
      foo,
      false,
    ],
    [
      'N36',
      'two terms, neither matches',
      { affinityTerms: [fields(name('node_2')), expressions(is('foo', 'In', 'no'))] },
      foo,
      false,
    ],
    ['U44c', 'nodeName names another node', { nodeName: 'elsewhere' }, foo, false],
    ['U25', 'nodeName names this node', { nodeName: 'node_1' }, foo, true],
    ['U28', 'nodeName agrees, nodeSelector does not', { nodeName: 'node_1', nodeSelector: { foo: 'no' } }, foo, false],
    ['U44k', 'a cordoned node', {}, aNode('node_1', { unschedulable: true }), true],
    ['', 'a label called like a member of every object', { nodeSelector: { constructor: 'x' } }, foo, false],
  ]
  test.each(cases)('%s %s', (_id, _what, template, node, runs) => {
    expect(eligibilityOf(aTemplate(template), node).verdict).toBe(runs ? 'shouldRun' : 'shouldNotRun')
  })

  test('a refusal names the label, what was wanted and what was found', () => {
    expect(eligibilityOf(aTemplate({ nodeSelector: { foo: 'ssd' } }), foo).reason).toEqual({
      rule: 'node-selector-mismatch',
      source: '§2.2',
      facts: { label: 'foo', wanted: 'ssd', found: 'bar' },
    })
  })
})

describe('one toleration and one taint', () => {
  const tolerating = (change: Partial<Toleration>): Toleration => ({
    key: 'foo',
    operator: 'Exists',
    value: '',
    effect: 'NoSchedule',
    tolerationSeconds: null,
    ...change,
  })
  const taint = { key: 'foo', value: 'bar', effect: 'NoSchedule' }
  test.each([
    ['O01', 'Exists, taint without value', tolerating({}), { ...taint, value: '' }, true],
    ['O01', 'Exists, taint with value', tolerating({}), taint, true],
    ['O02', 'Exists without key, same effect', tolerating({ key: '' }), taint, true],
    ['O02', 'Exists without key and effect', tolerating({ key: '', effect: '' }), taint, true],
    ['O03', 'Equal, same value', tolerating({ operator: 'Equal', value: 'bar' }), taint, true],
    ['O03', 'no operator means Equal', tolerating({ operator: '', value: 'bar' }), taint, true],
    ['O04', 'Equal, another value', tolerating({ operator: 'Equal', value: 'baz' }), taint, false],
    ['O05', 'another effect', tolerating({ effect: 'NoExecute' }), taint, false],
    ['O10', 'Gt, whose gate is off', tolerating({ operator: 'Gt', value: '1' }), { ...taint, value: '2' }, false],
    ['O10', 'Lt, whose gate is off', tolerating({ operator: 'Lt', value: '3' }), { ...taint, value: '2' }, false],
  ] as const)('%s %s', (_id, _what, own, given, tolerated) => {
    expect(tolerates(own, given)).toBe(tolerated)
  })
})

describe('taints of a node (spec §2.1 step 4, §1.7)', () => {
  const tainted = (...taints: readonly (readonly [key: string, effect: string])[]) =>
    aNode('n', { taints: taints.map(([key, effect]) => ({ key, value: '', effect })) })
  const network = tainted(['node.kubernetes.io/network-unavailable', 'NoSchedule'])
  test.each([
    ['PreferNoSchedule is no obstacle', {}, tainted(['k', 'PreferNoSchedule']), 'shouldRun'],
    ['U37 NoSchedule keeps new pods away', {}, tainted(['k', 'NoSchedule']), 'mayContinue'],
    ['U36 NoExecute ends those that run', {}, tainted(['k', 'NoExecute']), 'shouldNotRun'],
    ['the graver of two effects counts', {}, tainted(['a', 'NoSchedule'], ['k', 'NoExecute']), 'shouldNotRun'],
    ['U39 not ready', {}, tainted(['node.kubernetes.io/not-ready', 'NoExecute']), 'shouldRun'],
    ['U40 unreachable', {}, tainted(['node.kubernetes.io/unreachable', 'NoExecute']), 'shouldRun'],
    [
      'U43 disk, memory and PID pressure',
      {},
      tainted(
        ['node.kubernetes.io/disk-pressure', 'NoSchedule'],
        ['node.kubernetes.io/memory-pressure', 'NoSchedule'],
        ['node.kubernetes.io/pid-pressure', 'NoSchedule'],
      ),
      'shouldRun',
    ],
    ['unschedulable', {}, tainted(['node.kubernetes.io/unschedulable', 'NoSchedule']), 'shouldRun'],
    ['network unavailable', {}, network, 'mayContinue'],
    ['network unavailable, with the host’s network', { hostNetwork: true }, network, 'shouldRun'],
  ] as const)('%s', (_what, template, node, verdict) => {
    expect(eligibilityOf(aTemplate(template), node).verdict).toBe(verdict)
  })

  test('U38 the template’s own toleration counts', () => {
    const tolerations = [{ key: 'k', operator: 'Exists', value: '', effect: '', tolerationSeconds: null }]
    const node = tainted(['k', 'NoSchedule'], ['k', 'NoExecute'])
    expect(eligibilityOf(aTemplate({ tolerations }), node).verdict).toBe('shouldRun')
  })

  test('the automatic tolerations are those of the reference, in its order', () => {
    expect(
      automaticTolerations(true).map(({ key, effect }) => `${key.replace('node.kubernetes.io/', '')}:${effect}`),
    ).toEqual([
      'not-ready:NoExecute',
      'unreachable:NoExecute',
      'disk-pressure:NoSchedule',
      'memory-pressure:NoSchedule',
      'pid-pressure:NoSchedule',
      'unschedulable:NoSchedule',
      'network-unavailable:NoSchedule',
    ])
    expect(automaticTolerations(false)).toHaveLength(6)
  })
})
