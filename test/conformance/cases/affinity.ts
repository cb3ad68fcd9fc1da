import type { JsonObject, Labels } from '../manifest.ts'
import { daemonSet, is, pod, requiredAffinity } from '../objects.ts'
import { type Case, given, refusedByApi, type Story, settles, story } from '../scenario.ts'
import { type Verdict, verdict } from './verdict.ts'

const expressions = (...matchExpressions: JsonObject[]): JsonObject => ({ matchExpressions })
const fields = (...matchFields: JsonObject[]): JsonObject => ({ matchFields })
const name = (...values: string[]) => is('metadata.name', 'In', ...values)

/** A node `node-1` with these labels; affinity decides both, whether a pod should run and whether it may stay. */
function matches(
  id: string,
  says: string,
  labels: Labels,
  spec: JsonObject,
  runs: boolean,
  nodeName?: string,
): Story[] {
  const what: Verdict = { template: { spec }, node: { labels }, runs, continues: runs }
  const refusal = refusals[id]
  const cases = verdict(id, says, nodeName ? { ...what, nodeName } : what)
  return refusal === undefined ? cases : cases.map(one => refusedByApi(refusal, one))
}
const terms = (...all: JsonObject[]): JsonObject => ({ affinity: requiredAffinity(all) })

const foo = { foo: 'bar' }
const gpu = { GPU: 'NVIDIA-GRID-K1' }

/** Terms that a kube-apiserver does not take, and what it says. */
const refusals: Readonly<Record<string, string>> = {
  N02: 'must be only one value',
  N08: 'may not be specified when',
  N10: 'not a valid selector operator',
  N21: 'must have at least one node selector term',
  N22: 'must have at least one node selector term',
  N31: 'a valid label must be',
}

/** Spec §9.4 N01–N36: nodeSelector and required node affinity. */
const affinities: readonly Case[] = [
  story(
    'N01',
    'no node at all: nothing matches, though a pod says that it is bound to one',
    given(daemonSet({ spec: terms(expressions(is('foo', 'Exists'))) }), pod('own', 'nowhere')),
    settles({ pods: [0, 0], stay: ['own'], status: { desiredNumberScheduled: 0, currentNumberScheduled: 0 } }),
  ),
  ...matches(
    'N02',
    'terms that do not parse are passed over, the good one decides',
    foo,
    terms(fields(name('a', 'node-1')), expressions(is('foo', 'Exists')), expressions(is('?', 'Exists'))),
    true,
  ),
  ...matches(
    'N03',
    'the field matches, the label does not',
    foo,
    terms({ ...expressions(is('foo', 'In', 'no')), ...fields(name('node-1')) }),
    false,
  ),
  ...matches(
    'N04',
    'field and label match',
    foo,
    terms({ ...expressions(is('foo', 'In', 'bar')), ...fields(name('node-1')) }),
    true,
  ),
  ...matches(
    'N05',
    'only the second term matches',
    foo,
    terms(expressions(is('foo', 'In', 'no')), expressions(is('foo', 'In', 'bar'))),
    true,
  ),
  ...matches('N06', 'a term without requirements selects nothing', foo, terms({}), false),
  ...matches('N07', 'In with two values', foo, terms(expressions(is('foo', 'In', 'bar', 'baz'))), true),
  ...matches('N08', 'Exists with values does not parse', foo, terms(expressions(is('foo', 'Exists', 'bar'))), false),
  ...matches(
    'N09',
    'Gt 1 and Lt 7',
    { foo: '5' },
    terms(expressions(is('foo', 'Gt', '1'), is('foo', 'Lt', '7'))),
    true,
  ),
  ...matches(
    'N10',
    'an operator nobody knows does not parse',
    foo,
    terms(expressions(is('foo', 'Like', 'bar'))),
    false,
  ),
  ...matches('N11', 'neither node selector nor affinity', {}, {}, true),
  ...matches('N12', 'a node selector, a node without labels', {}, { nodeSelector: foo }, false),
  ...matches('N13', 'a node selector, the same label', foo, { nodeSelector: foo }, true),
  ...matches('N14', 'the node’s labels are a superset', { ...foo, baz: 'x' }, { nodeSelector: foo }, true),
  ...matches('N15', 'the node’s labels are a subset', foo, { nodeSelector: { ...foo, baz: 'x' } }, false),
  ...matches('N16', 'In', foo, terms(expressions(is('foo', 'In', 'bar', 'value2'))), true),
  ...matches(
    'N17',
    'Gt, whatever zeros lead',
    { 'kernel-version': '0206' },
    terms(expressions(is('kernel-version', 'Gt', '0204'))),
    true,
  ),
  ...matches(
    'N17',
    'Gt is not at least',
    { 'kernel-version': '206' },
    terms(expressions(is('kernel-version', 'Gt', '0206'))),
    false,
  ),
  ...matches(
    'N17',
    'Gt beyond 2^53 is exact',
    { n: '9007199254740993' },
    terms(expressions(is('n', 'Gt', '9007199254740992'))),
    true,
  ),
  ...matches('N17', 'Gt of no number', { n: 'many' }, terms(expressions(is('n', 'Gt', '1'))), false),
  ...matches('N18', 'NotIn', { 'mem-type': 'DDR3' }, terms(expressions(is('mem-type', 'NotIn', 'DDR', 'DDR2'))), true),
  ...matches(
    'N18',
    'NotIn holds where the label is absent',
    foo,
    terms(expressions(is('mem-type', 'NotIn', 'DDR'))),
    true,
  ),
  ...matches('N19', 'Exists', gpu, terms(expressions(is('GPU', 'Exists'))), true),
  ...matches('N19', 'DoesNotExist', gpu, terms(expressions(is('GPU', 'DoesNotExist'))), false),
  ...matches('N20', 'In with other values', foo, terms(expressions(is('foo', 'In', 'value1', 'value2'))), false),
  ...matches('N21', 'a required block whose terms are absent', foo, { affinity: requiredAffinity(null) }, false),
  ...matches('N22', 'a required block without terms', foo, terms(), false),
  ...matches('N23', 'a term with an empty list of expressions', foo, terms(expressions()), false),
  ...matches('N24', 'no affinity object', foo, {}, true),
  ...matches('N25', 'an affinity object without required block', foo, { affinity: { nodeAffinity: {} } }, true),
  ...matches(
    'N26',
    'Exists and NotIn',
    gpu,
    terms(expressions(is('GPU', 'Exists'), is('GPU', 'NotIn', 'AMD', 'INTER'))),
    true,
  ),
  ...matches(
    'N27',
    'Exists and In',
    gpu,
    terms(expressions(is('GPU', 'Exists'), is('GPU', 'In', 'AMD', 'INTER'))),
    false,
  ),
  ...matches(
    'N28',
    'the first of two terms matches',
    foo,
    terms(expressions(is('foo', 'In', 'bar')), expressions(is('foo', 'In', 'no'))),
    true,
  ),
  ...matches(
    'N29',
    'node selector and affinity match',
    foo,
    { nodeSelector: foo, ...terms(expressions(is('foo', 'Exists'))) },
    true,
  ),
  ...matches(
    'N30',
    'the affinity matches, the node selector does not',
    foo,
    { nodeSelector: { foo: 'no' }, ...terms(expressions(is('foo', 'Exists'))) },
    false,
  ),
  ...matches(
    'N31',
    'a value that no label can have does not parse',
    foo,
    terms(expressions(is('foo', 'NotIn', 'invalid value: ___@#$%^'))),
    false,
  ),
  ...matches('N32', 'the name, on that node', {}, terms(fields(name('node-1'))), true),
  ...matches('N32', 'the name, on another node', {}, terms(fields(name('node-1'))), false, 'node-2'),
  ...matches(
    'N33',
    'a field mismatch or an expression match',
    foo,
    terms(fields(name('node-2')), expressions(is('foo', 'In', 'bar'))),
    true,
  ),
  ...matches(
    'N34',
    'a field mismatch and an expression match',
    foo,
    terms({ ...fields(name('node-2')), ...expressions(is('foo', 'In', 'bar')) }),
    false,
  ),
  ...matches(
    'N35',
    'both match',
    foo,
    terms({ ...fields(name('node-1')), ...expressions(is('foo', 'In', 'bar')) }),
    true,
  ),
  ...matches(
    'N36',
    'two terms, both mismatch',
    foo,
    terms(fields(name('node-2')), expressions(is('foo', 'In', 'no'))),
    false,
  ),
]

type Toleration = { key?: string; operator?: string; value?: string; effect?: string }

/** One toleration and one NoSchedule taint: tolerated, a pod should run; otherwise it may only stay. */
function tolerates(id: string, says: string, toleration: Toleration, taintValue: string, runs: boolean): Story[] {
  return verdict(id, says, {
    template: { spec: { tolerations: [toleration] } },
    node: { taints: [{ key: 'foo', value: taintValue, effect: 'NoSchedule' }] },
    runs,
    continues: true,
  })
}
const foos = { key: 'foo', effect: 'NoSchedule' }

/**
 * Operators of an alpha feature whose gate is off: a kube-apiserver takes no object that has them, and where one is
 * there all the same, it tolerates nothing.
 */
function gated(id: string, says: string, comparisons: readonly (readonly [string, string, string])[]): Story[] {
  return comparisons.flatMap(([operator, value, taintValue]) => {
    const what = `${says}: ${operator} ${value} and a taint “${taintValue}”`
    return tolerates(id, what, { ...foos, operator, value }, taintValue, false).map(one =>
      refusedByApi('Unsupported value', one),
    )
  })
}

/** Spec §9.4 O01–O10: one toleration and one taint. */
const tolerations: readonly Case[] = [
  ...tolerates('O01', 'Exists, a taint without value', { ...foos, operator: 'Exists' }, '', true),
  ...tolerates('O01', 'Exists, a taint with value', { ...foos, operator: 'Exists' }, 'bar', true),
  ...tolerates('O02', 'Exists without key, the same effect', { operator: 'Exists', effect: 'NoSchedule' }, 'bar', true),
  ...tolerates('O02', 'Exists without key and effect', { operator: 'Exists' }, 'bar', true),
  ...tolerates('O03', 'Equal, the same value', { ...foos, operator: 'Equal', value: 'bar' }, 'bar', true),
  ...tolerates('O03', 'no operator means Equal', { ...foos, value: 'bar' }, 'bar', true),
  ...tolerates('O04', 'Equal, another value', { ...foos, operator: 'Equal', value: 'baz' }, 'bar', false),
  ...tolerates('O05', 'another effect', { key: 'foo', operator: 'Exists', effect: 'NoExecute' }, 'bar', false),
  ...gated('O06', 'Gt: a taint less than, greater than, equal to the toleration', [
    ['Gt', '5', '4'],
    ['Gt', '5', '6'],
    ['Gt', '5', '5'],
  ]),
  ...gated('O07', 'Lt: a taint greater than, less than, equal to the toleration', [
    ['Lt', '5', '6'],
    ['Lt', '5', '4'],
    ['Lt', '5', '5'],
  ]),
  ...gated('O08', 'negative numbers, the largest and smallest, zero', [
    ['Gt', '-5', '-4'],
    ['Lt', '9223372036854775807', '0'],
    ['Gt', '-9223372036854775808', '0'],
  ]),
  ...gated('O09', 'what is no canonical number is not tolerated', [
    ['Gt', '1', 'many'],
    ['Gt', '1', ''],
    ['Gt', '01', '2'],
    ['Lt', '1.5', '1'],
  ]),
  ...gated('O10', 'Gt and Lt, whose gate is off', [
    ['Gt', '1', '2'],
    ['Lt', '3', '2'],
  ]),
]

export const affinityAndTolerations: readonly Case[] = [...affinities, ...tolerations]
