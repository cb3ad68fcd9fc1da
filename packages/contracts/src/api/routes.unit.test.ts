import { expect, test } from 'vitest'
import { intentRoutes } from './intents.ts'
import { pathFor, routes } from './routes.ts'

const all = [...Object.values(routes), ...Object.values(intentRoutes)]

const read = (query: Record<string, unknown>) => routes.placements.query.safeParse(query)
const wrongIn = (query: Record<string, unknown>) =>
  read(query).error?.issues.map(({ path, message }) => [path[0], message])

test('no two routes share a method and a path', () => {
  const paths = all.map(({ method, path }) => `${method} ${path}`)
  expect(new Set(paths).size).toBe(paths.length)
})

test('every parameter of a path is declared', () => {
  for (const { path, params } of all) {
    const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(match => match[1])
    expect(Object.keys(params.shape)).toEqual(inPath)
  }
})

test('a path is written with names that need escaping, and lists repeated', () => {
  const query = { daemonSet: ['a b', 'c'], namespace: undefined }
  expect(pathFor('whyNode', { cluster: 'arn:aws:eks/x', node: 'n1' }, query)).toBe(
    '/api/v1/clusters/arn%3Aaws%3Aeks%2Fx/nodes/n1/why?daemonSet=a+b&daemonSet=c',
  )
  expect(() => pathFor('whyNode', { cluster: 'a' })).toThrow('needs the parameter node')
})

test('a parameter that may be repeated is a list, however often it is given', () => {
  expect(read({ node: 'n1' }).data?.node).toEqual(['n1'])
  expect(read({ node: ['n1', 'n2'] }).data?.node).toEqual(['n1', 'n2'])
  expect(read({}).data?.node).toBeUndefined()
})

test('wrong parameters are told by name, with what they must be', () => {
  expect(wrongIn({ limit: '0' })).toEqual([['limit', 'must be a whole number from 1 to 1000']])
  expect(wrongIn({ limit: 'many' })).toEqual([['limit', 'must be a whole number from 1 to 1000']])
  expect(wrongIn({ at: 'yesterday' })).toEqual([['at', 'must be a time such as 2026-01-01T12:00:00Z']])
  expect(wrongIn({ at: '2026-01-01T00:00:00Z', to: '2026-01-02T00:00:00Z' })).toEqual([
    ['at', 'goes without `from` and `to`'],
  ])
  expect(wrongIn({ from: '2026-01-02T00:00:00Z', to: '2026-01-01T00:00:00+00:00' })).toEqual([
    ['to', 'must be later than `from`'],
  ])
})
