import { describe, expect, test } from 'vitest'
import type { KubeObject } from '../../objects/object-store.ts'
import { findResource, type Resource } from '../resources.ts'
import { selectionOf } from './index.ts'
import { matchesLabels, parseLabelSelector } from './label-selector.ts'

describe('label selectors', () => {
  const labels = { tier: 'front', weight: '5', empty: '' }
  test.each([
    ['', true],
    ['tier', true],
    ['!tier', false],
    ['!absent', true],
    ['tier=front', true],
    ['tier==front', true],
    ['tier!=front', false],
    ['absent!=front', true],
    ['tier in (back, front)', true],
    ['tier in (back)', false],
    ['tier notin (back)', true],
    ['absent notin (back)', true],
    ['absent in (back)', false],
    ['empty=', true],
    ['empty', true],
    ['tier=', false],
    ['empty in ()', true],
    ['empty in (,a)', true],
    ['weight>4', true],
    ['weight > 5', false],
    ['weight<6', true],
    ['tier>4', false],
    ['tier=front,weight in (5),!absent', true],
    ['tier=front,absent', false],
  ])('%s: %s', (selector, matches) => {
    expect(matchesLabels(parseLabelSelector(selector), labels)).toBe(matches)
  })

  test.each([
    ['a===b', "unable to parse requirement: found '=', expected: identifier"],
    ['=b', "found '=', expected: !, identifier, or 'end of string'"],
    ['a,', "found '', expected: identifier after ','"],
    ['a in (b', "unable to parse requirement: found '', expected: ',' or ')'"],
    ['a b', "unable to parse requirement: found 'b', expected: =, !=, ==, in, notin, >, <"],
    ['a in b', "unable to parse requirement: found 'b' expected: '('"],
    ['a=b c', "found 'c', expected: ',' or 'end of string'"],
  ])('%s: %s', (selector, words) => {
    expect(() => parseLabelSelector(selector)).toThrow(expect.objectContaining({ code: 400, message: words }))
  })
})

describe('field selectors', () => {
  const pods = findResource('', 'pods') as Resource
  const pod = (spec: object, status: object = {}) =>
    ({ kind: 'Pod', metadata: { name: 'a', namespace: 'n' }, spec, status }) as unknown as KubeObject
  const matches = (selector: string, object: KubeObject) =>
    selectionOf(new URLSearchParams({ fieldSelector: selector }), pods).matches(object)

  test.each([
    ['spec.nodeName=n1', true],
    ['spec.nodeName!=n1', false],
    ['spec.host=n1', true],
    ['metadata.name=a,metadata.namespace=n', true],
    ['metadata.name=b', false],
    ['status.phase=', true],
    ['spec.hostNetwork=false', true],
  ])('%s: %s', (selector, expected) => {
    expect(matches(selector, pod({ nodeName: 'n1' }))).toBe(expected)
  })

  test('other fields are a bad request', () => {
    expect(() => matches('spec.priority=0', pod({}))).toThrow('field label not supported: spec.priority')
    expect(() => matches('nonsense', pod({}))).toThrow("invalid selector: 'nonsense'; can't understand 'nonsense'")
  })
})
