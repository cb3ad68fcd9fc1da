import type { NodeFacts, Reason, TemplateFacts, Verdict } from '@rollcall/contracts'
import { describe, expect, test } from 'vitest'
import { automaticTolerations, eligibilityOf } from './eligibility.ts'
import { aNode, aTemplate } from './testing/objects.ts'

/** The verdicts themselves are cases of test/conformance (spec §9.1 U35–U44, §9.4) and of its oracle. Here: what they say. */

const foo = aNode('n', { labels: { foo: 'bar' } })
type Case = [string, Partial<TemplateFacts>, NodeFacts, Verdict, string, Reason['facts']]
const taint = (key: string, effect: string) => ({ key, value: '', effect })

describe('a verdict names the facts that were judged', () => {
  test.each([
    ['the node it should be', { nodeName: 'other' }, foo, 'shouldNotRun', 'node-name-mismatch', { wanted: 'other' }],
    [
      'the label, what was wanted and what was found',
      { nodeSelector: { foo: 'ssd' } },
      foo,
      'shouldNotRun',
      'node-selector-mismatch',
      { label: 'foo', wanted: 'ssd', found: 'bar' },
    ],
    [
      'a label called like a member of every object is not found',
      { nodeSelector: { constructor: 'x' } },
      foo,
      'shouldNotRun',
      'node-selector-mismatch',
      { label: 'constructor', wanted: 'x', found: null },
    ],
    ['how many terms there were', { affinityTerms: [] }, foo, 'shouldNotRun', 'node-affinity-mismatch', { terms: 0 }],
    [
      'the first taint that keeps new pods away',
      {},
      aNode('n', { taints: [taint('a', 'NoSchedule'), taint('b', 'NoSchedule')] }),
      'mayContinue',
      'taint-not-tolerated',
      { taint: taint('a', 'NoSchedule') },
    ],
    [
      'of two taints the graver',
      {},
      aNode('n', { taints: [taint('a', 'NoSchedule'), taint('b', 'NoExecute')] }),
      'shouldNotRun',
      'taint-not-tolerated',
      { taint: taint('b', 'NoExecute') },
    ],
    [
      'nothing, when all is well',
      {},
      aNode('n', { taints: [taint('a', 'PreferNoSchedule')] }),
      'shouldRun',
      'eligible',
      {},
    ],
  ] satisfies Case[])('%s', (_what, template, node, verdict, rule, facts) => {
    expect(eligibilityOf(aTemplate(template), node)).toMatchObject({ verdict, reason: { rule, facts } })
  })
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

test('without an automatic toleration, its taint counts; what the template tolerates it keeps', () => {
  const cordoned = aNode('n', {
    taints: [{ key: 'node.kubernetes.io/unschedulable', value: '', effect: 'NoSchedule' }],
  })
  const without = ['node.kubernetes.io/unschedulable']
  expect(eligibilityOf(aTemplate(), cordoned).verdict).toBe('shouldRun')
  expect(eligibilityOf(aTemplate(), cordoned, { without }).verdict).toBe('mayContinue')
  const own = {
    key: 'node.kubernetes.io/unschedulable',
    operator: 'Exists',
    value: '',
    effect: '',
    tolerationSeconds: 5,
  }
  expect(eligibilityOf(aTemplate({ tolerations: [own] }), cordoned, { without }).verdict).toBe('shouldRun')
})
