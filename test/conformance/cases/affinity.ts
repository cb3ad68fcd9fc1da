import type { JsonObject, Labels } from '../manifest.ts'
import { is, requiredAffinity } from '../objects.ts'
import { type Case, elsewhere, type Story } from '../scenario.ts'
import { type Verdict, verdict } from './verdict.ts'

const expressions = (...matchExpressions: JsonObject[]): JsonObject => ({ matchExpressions })
const fields = (...matchFields: JsonObject[]): JsonObject => ({ matchFields })
const name = (...values: string[]) => is('metadata.name', 'In', ...values)

/** A node `node_1` with these labels; affinity decides both, whether a pod should run and whether it may stay. */
function matches(
  id: string,
  says: string,
  labels: Labels,
  spec: JsonObject,
  runs: boolean,
  nodeName?: string,
): Story[] {
  const what: Verdict = { template: { spec }, node: { labels }, runs, continues: runs }
  return verdict(id, says, nodeName ? { ...what, nodeName } : what)
}
const terms = (...all: JsonObject[]): JsonObject => ({ affinity: requiredAffinity(all) })

const foo = { foo: 'bar' }
const gpu = { GPU: 'NVIDIA-GRID-K1' }
const inside = 'the inside of the built-in controller'

/** Spec §9.4 N01–N36: nodeSelector and required node affinity. */
const affinities: readonly Case[] = [
  elsewhere('N01', inside, 'no node at all: no match'),
  ...matches(
    'N02',
    'terms that do not parse are passed over, the good one decides',
    foo,
    terms(fields(name('a', 'node_1')), expressions(is('foo', 'Exists')), expressions(is('?', 'Exists'))),
    true,
  ),
  ...matches(
    'N03',
    'the field matches, the label does not',
    foo,
    terms({ ...expressions(is('foo', 'In', 'no')), ...fields(name('node_1')) }),
    false,
  ),
  ...matches(
    'N04',
    'field and label match',
    foo,
    terms({ ...expressions(is('foo', 'In', 'bar')), ...fields(name('node_1')) }),
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
  ...matches('N32', 'the name, on that node', {}, terms(fields(name('node_1'))), true),
  ...matches('N32', 'the name, on another node', {}, terms(fields(name('node_1'))), false, 'node_2'),
  ...matches(
    'N33',
    'a field mismatch or an expression match',
    foo,
    terms(fields(name('node_2')), expressions(is('foo', 'In', 'bar'))),
    true,
  ),
  ...matches(
    'N34',
    'a field mismatch and an expression match',
    foo,
    terms({ ...fields(name('node_2')), ...expressions(is('foo', 'In', 'bar')) }),
    false,
  ),
  ...matches(
    'N35',
    'both match',
    foo,
    terms({ ...fields(name('node_1')), ...expressions(is('foo', 'In', 'bar')) }),
    true,
  ),
  ...matches(
    'N36',
    'two terms, both mismatch',
    foo,
    terms(fields(name('node_2')), expressions(is('foo', 'In', 'no'))),
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
const gate = 'an alpha feature gate that is off'

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
  elsewhere('O06', gate, 'Gt: a taint less than, greater than, equal to the toleration'),
  elsewhere('O07', gate, 'Lt: a taint greater than, less than, equal to the toleration'),
  elsewhere('O08', gate, 'negative numbers, the largest and smallest, zero'),
  elsewhere('O09', gate, 'what is no canonical number is not tolerated'),
  ...tolerates('O10', 'Gt, whose gate is off', { ...foos, operator: 'Gt', value: '1' }, '2', false),
  ...tolerates('O10', 'Lt, whose gate is off', { ...foos, operator: 'Lt', value: '3' }, '2', false),
]

export const affinityAndTolerations: readonly Case[] = [...affinities, ...tolerations]
