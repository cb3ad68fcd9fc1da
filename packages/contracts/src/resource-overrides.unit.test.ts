import { expect, test } from 'vitest'
import { overrideValue, readResourceOverrides } from './resource-overrides.ts'

const large = { name: 'large', nodes: 'pool=large', containers: { agent: { requests: { memory: '1Gi' } } } }

test('overrides are read with the digest of what they say', () => {
  const [read] = readResourceOverrides(JSON.stringify([large])) ?? []
  expect(read).toMatchObject(large)
  const [other] =
    readResourceOverrides(JSON.stringify([{ ...large, containers: { agent: { limits: { cpu: '1' } } } }])) ?? []
  const [elsewhere] = readResourceOverrides(JSON.stringify([{ ...large, nodes: 'pool=huge' }])) ?? []
  expect(other?.digest).not.toBe(read?.digest)
  // Which nodes get it is no matter of the pod.
  expect(elsewhere?.digest).toBe(read?.digest)
  expect(read && overrideValue(read)).toMatch(/^large\.[0-9a-f]{10}$/)
})

test.each([
  ['no JSON', '{'],
  ['no list', JSON.stringify(large)],
  ['two of a name', JSON.stringify([large, large])],
  ['an unknown member', JSON.stringify([{ ...large, image: 'x' }])],
  ['no containers', JSON.stringify([{ ...large, containers: {} }])],
  ['an amount that is none', JSON.stringify([{ ...large, containers: { agent: { requests: { memory: 'much' } } } }])],
  ['a name that is no label', JSON.stringify([{ ...large, name: 'a b' }])],
])('%s is nonsense', (_, text) => {
  expect(readResourceOverrides(text)).toBeUndefined()
})
