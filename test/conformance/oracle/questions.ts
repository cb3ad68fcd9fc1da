import type { Json } from '@rollcall/contracts'
import { at, type JsonObject } from '../manifest.ts'
import type { Random } from './random.ts'

/** A DaemonSet and a node, as an API server's JSON has them; parts of them no API server would let in. */
export type Question = { readonly daemonSet: JsonObject; readonly node: JsonObject }

/** Few keys and values, so that they meet; among them what does not parse, and numbers at every edge. */
const keys = ['zone', 'disk', 'n', 'example.com/gpu', 'constructor']
const oddKeys = [
  '',
  '?',
  'a/b/c',
  '-zone',
  'UPPER.example.com/x',
  'example.com/',
  '/x',
  'ümlaut',
  'z'.repeat(64),
  `${'p'.repeat(254)}/x`,
]
const values = ['a', 'b', '', 'ssd', '1', '2', '10', '007', '-3']
const numbers = [
  '0',
  '1',
  '5',
  '0206',
  '9007199254740992',
  '9007199254740993',
  '9223372036854775807',
  '-9223372036854775808',
]
const oddValues = [
  '+5',
  '9223372036854775808',
  '1.5',
  '0x10',
  ' 1',
  '1_000',
  'in valid',
  '-',
  'x'.repeat(63),
  'x'.repeat(64),
  'ü',
  'a\n',
]
export const operators = ['In', 'NotIn', 'Exists', 'DoesNotExist', 'Gt', 'Lt'] as const
const oddOperators = ['', 'in', 'Like', 'Equals']
const nodeNames = ['node-1', 'node-2']
const taintKeys = ['k', 'gpu', 'node.kubernetes.io/not-ready', 'node.kubernetes.io/network-unavailable']
const automaticKeys = [
  'not-ready',
  'unreachable',
  'disk-pressure',
  'memory-pressure',
  'pid-pressure',
  'unschedulable',
  'network-unavailable',
]
export const effects = ['NoSchedule', 'NoExecute', 'PreferNoSchedule'] as const
export const tolerationOperators = ['Equal', 'Exists', 'Gt', 'Lt', 'Odd'] as const
const strings = [
  'plain',
  '<b>&amp;</b>',
  'quote " and \\',
  'line\nfeed\ttab',
  '\u2028\u2029',
  '\u0000\u0001\u001f\b\f\r\u007f',
  'é ü 漢 😀',
  '\ufeff\uffff',
  '',
]
const integers = [0, 1, 30, -1, 2 ** 31 - 1, 2 ** 53 - 1, 2 ** 53, 2 ** 62]

export function questionOf(random: Random): Question {
  return { daemonSet: daemonSetOf(random), node: nodeOf(random) }
}

const keyOf = (random: Random) => (random.oneIn(12) ? random.pick(oddKeys) : random.pick(keys))
const textOf = (random: Random) =>
  random.oneIn(10) ? random.pick(oddValues) : random.oneIn(3) ? random.pick(numbers) : random.pick(values)
const mapOf = (random: Random, max: number, key: () => string, value: () => Json): JsonObject =>
  Object.fromEntries(random.some(max, () => [key(), value()]))

function nodeOf(random: Random): JsonObject {
  const taints = random.oneIn(3) ? [] : random.some(3, () => taintOf(random))
  return {
    metadata: {
      name: random.pick(nodeNames),
      uid: 'n',
      resourceVersion: '1',
      creationTimestamp: '2026-01-01T00:00:00Z',
      labels: mapOf(
        random,
        5,
        () => keyOf(random),
        () => textOf(random),
      ),
    },
    spec: { taints, ...(random.oneIn(8) ? { unschedulable: true } : {}) },
  }
}

function taintOf(random: Random): JsonObject {
  const key = random.oneIn(2) ? random.pick(taintKeys) : `node.kubernetes.io/${random.pick(automaticKeys)}`
  const value = random.oneIn(2) ? { value: random.oneIn(2) ? random.pick(values) : random.pick(numbers) } : {}
  return { key, ...value, effect: random.oneIn(20) ? 'Odd' : random.pick(effects) }
}

/** Absent where it is empty, as the API server's JSON has it. */
function tolerationOf(random: Random): JsonObject {
  const automatic = random.oneIn(3)
  const key = automatic ? `node.kubernetes.io/${random.pick(automaticKeys)}` : random.pick(taintKeys)
  const operator = automatic && random.oneIn(2) ? 'Exists' : random.pick(tolerationOperators)
  const value = random.oneIn(2) ? random.pick(values) : random.pick(numbers)
  return {
    ...(random.oneIn(8) ? {} : { key }),
    ...(random.oneIn(6) ? {} : { operator }),
    ...(random.oneIn(2) || value === '' ? {} : { value }),
    ...(random.oneIn(4) ? {} : { effect: random.pick(effects) }),
    ...(random.oneIn(4) ? { tolerationSeconds: random.pick([0, 30, 300, -1]) } : {}),
  }
}

function requirementOf(random: Random, key: string): JsonObject {
  const operator = random.oneIn(15) ? random.pick(oddOperators) : random.pick(operators)
  const wanted =
    operator === 'Exists' || operator === 'DoesNotExist'
      ? 0
      : operator === 'Gt' || operator === 'Lt'
        ? 1
        : 1 + random.below(3)
  const count = random.oneIn(10) ? random.below(3) : wanted
  const value = () =>
    operator === 'Gt' || operator === 'Lt' ? random.pick(random.oneIn(6) ? oddValues : numbers) : textOf(random)
  return { key, operator, ...(count > 0 ? { values: Array.from({ length: count }, value) } : {}) }
}

function fieldOf(random: Random): JsonObject {
  if (random.oneIn(5)) return requirementOf(random, random.pick(['metadata.name', 'metadata.foo', '']))
  const operator = random.pick(['In', 'NotIn'])
  return {
    key: random.oneIn(10) ? 'metadata.foo' : 'metadata.name',
    operator,
    values: [random.oneIn(8) ? '' : random.pick(nodeNames)],
  }
}

function termOf(random: Random): JsonObject {
  const expressions = random.some(2, () => requirementOf(random, keyOf(random)))
  const fields = random.oneIn(3) ? random.some(2, () => fieldOf(random)) : []
  return {
    ...(expressions.length > 0 ? { matchExpressions: expressions } : {}),
    ...(fields.length > 0 ? { matchFields: fields } : {}),
  }
}

function affinityOf(random: Random): JsonObject {
  const required = random.oneIn(6)
    ? null
    : { nodeSelectorTerms: random.oneIn(12) ? null : random.some(3, () => termOf(random)) }
  const preferred = random.oneIn(4) ? [{ weight: 1 + random.below(100), preference: termOf(random) }] : []
  return {
    ...(random.oneIn(10)
      ? {}
      : {
          nodeAffinity: {
            ...(required === null ? {} : { requiredDuringSchedulingIgnoredDuringExecution: required }),
            ...(preferred.length > 0 ? { preferredDuringSchedulingIgnoredDuringExecution: preferred } : {}),
          },
        }),
  }
}

function daemonSetOf(random: Random): JsonObject {
  const tolerations = random.oneIn(3) ? [] : random.some(4, () => tolerationOf(random))
  const nodeSelector = random.oneIn(4)
    ? mapOf(
        random,
        2,
        () => keyOf(random),
        () => textOf(random),
      )
    : {}
  const annotations = mapOf(
    random,
    3,
    () => `${random.pick(strings)}${random.pick(keys)}`,
    () => random.pick(strings),
  )
  const labels = mapOf(
    random,
    3,
    () => random.pick(keys),
    () => random.pick(strings),
  )
  const spec: Record<string, Json> = {
    ...(random.oneIn(2) ? { affinity: affinityOf(random) } : {}),
    containers: Array.from({ length: 1 + random.below(2) }, (_, index) => containerOf(random, index)),
    ...(random.oneIn(4) ? { hostNetwork: true } : {}),
    ...(random.oneIn(8) ? { nodeName: random.pick(nodeNames) } : {}),
    ...(Object.keys(nodeSelector).length > 0 ? { nodeSelector } : {}),
    ...(random.oneIn(2) ? { restartPolicy: 'Always', securityContext: {} } : {}),
    ...(random.oneIn(2) ? { terminationGracePeriodSeconds: random.pick(integers) } : {}),
    ...(tolerations.length > 0 ? { tolerations } : {}),
  }
  return {
    metadata: {
      name: 'ds',
      namespace: 'default',
      uid: 'd',
      resourceVersion: '1',
      creationTimestamp: '2026-01-01T00:00:00Z',
    },
    spec: {
      selector: { matchLabels: { app: 'ds' } },
      template: {
        metadata: {
          ...(Object.keys(labels).length > 0 ? { labels } : {}),
          ...(Object.keys(annotations).length > 0 ? { annotations } : {}),
        },
        spec,
      },
      updateStrategy: { type: 'OnDelete' },
    },
  }
}

function containerOf(random: Random, index: number): JsonObject {
  const text = () => random.pick(strings)
  const args = random.some(2, text)
  const env = random.some(2, () => ({ name: `E_${random.below(9)}`, value: `${text()}!` }))
  return {
    name: `c${index}`,
    image: `${text()}:1`,
    ...(args.length > 0 ? { args } : {}),
    ...(env.length > 0 ? { env } : {}),
    resources: random.oneIn(2)
      ? {}
      : { limits: { cpu: random.pick(['1', '100m', '1500m']), memory: random.pick(['200Mi', '1Gi', '100M']) } },
    ...(random.oneIn(3)
      ? { ports: [{ name: 'p', hostPort: 1 + random.below(65535), containerPort: 80, protocol: 'TCP' }] }
      : {}),
    ...(random.oneIn(3) ? { securityContext: { privileged: random.oneIn(2), runAsUser: random.pick(integers) } } : {}),
  }
}

/** What a question is about, so that a run can be held to have asked everything. */
export function kindsOf({ daemonSet, node }: Question): ReadonlySet<string> {
  const spec = at(daemonSet, 'spec', 'template', 'spec')
  const required = at(spec, 'affinity', 'nodeAffinity', 'requiredDuringSchedulingIgnoredDuringExecution')
  const terms = itemsOf(at(required, 'nodeSelectorTerms'))
  const expressions = terms.flatMap(term => itemsOf(at(term, 'matchExpressions')))
  const fields = terms.flatMap(term => itemsOf(at(term, 'matchFields')))
  return new Set([
    ...expressions.map(({ operator }) => kindOf('expression', operator, operators)),
    ...fields.map(({ operator }) => kindOf('field', operator, operators)),
    ...itemsOf(at(spec, 'tolerations')).map(({ operator }) =>
      operator === undefined ? 'toleration without operator' : `toleration ${operator}`,
    ),
    ...itemsOf(at(node, 'spec', 'taints')).map(({ effect }) => `taint ${effect}`),
    ...terms.filter(term => Object.keys(term).length === 0).map(() => 'empty term'),
    ...(required !== undefined && terms.length === 0 ? ['no terms'] : []),
    ...(at(spec, 'nodeSelector') === undefined ? [] : ['node selector']),
    ...(at(spec, 'nodeName') === undefined ? [] : ['node name']),
    ...(at(spec, 'hostNetwork') === true ? ['host network'] : []),
  ])
}

const itemsOf = (value: Json | undefined): readonly JsonObject[] =>
  Array.isArray(value) ? (value as JsonObject[]) : []

function kindOf(what: string, operator: Json | undefined, known: readonly string[]): string {
  return typeof operator === 'string' && known.includes(operator)
    ? `${what} ${operator}`
    : `${what} with an operator nobody knows`
}
