import { intentRoutes, routes } from '@rollcall/contracts/api'
import { expect, test } from 'vitest'
import { openApiDocument } from './openapi.ts'

type Operation = {
  readonly operationId: string
  readonly parameters: Record<string, unknown>[]
  readonly responses: object
  readonly requestBody?: object
}
type Document = {
  readonly paths: Record<string, { readonly get: Operation; readonly post?: Operation }>
  readonly components: { readonly schemas: Record<string, unknown>; readonly securitySchemes?: unknown }
}
const document = openApiDocument({ needsToken: false }) as Document

test('every route is in it, under the name that clients use', () => {
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.values(methods).map(({ operationId }) => [operationId, path]),
  )
  expect(operations).toEqual(Object.entries({ ...routes, ...intentRoutes }).map(([name, { path }]) => [name, path]))
})

test('every reference leads somewhere, and nothing refers to where JSON Schema would put it', () => {
  const text = JSON.stringify(document)
  const references = [...text.matchAll(/"\$ref":"([^"]+)"/g)].map(match => match[1] ?? '')
  expect(references.length).toBeGreaterThan(20)
  for (const reference of references) {
    expect(reference).toMatch(/^#\/components\/schemas\/\w+$/)
    expect(document.components.schemas).toHaveProperty([reference.split('/').at(-1) ?? ''])
  }
})

test('parameters say whether they must be there, and what they may be', () => {
  const parameters = document.paths['/api/v1/placements']?.get.parameters ?? []
  expect(parameters.find(({ name }) => name === 'limit')).toEqual({
    name: 'limit',
    in: 'query',
    required: false,
    description: 'Items of one page.',
    schema: { type: 'integer', minimum: 1, maximum: 1000, default: 100 },
  })
  expect(parameters.find(({ name }) => name === 'node')).toMatchObject({
    schema: { type: 'array', items: { type: 'string' } },
  })
  const [cluster] = document.paths['/api/v1/clusters/{cluster}/nodes/{node}/why']?.get.parameters ?? []
  expect(cluster).toMatchObject({ name: 'cluster', in: 'path', required: true })
})

test('a schema with a name of its own is a component that keeps its members', () => {
  expect(document.components.schemas.Placement).toMatchObject({
    type: 'object',
    properties: { closed: { anyOf: [{ type: 'object' }, { type: 'null' }] }, openedAt: { $ref: expect.any(String) } },
  })
  expect(document.components.schemas.Problem).toMatchObject({ properties: { mend: { type: 'string' } } })
})

test('what is asked for has a body, a key, and needs a user', () => {
  expect(document.paths['/api/v1/clusters/{cluster}/mode']?.post).toMatchObject({
    operationId: 'requestMode',
    parameters: [
      { name: 'cluster', in: 'path', required: true },
      { name: 'idempotency-key', in: 'header', required: false },
    ],
    requestBody: {
      content: { 'application/json': { schema: { properties: { mode: { enum: ['control', 'observe'] } } } } },
    },
    security: [{ user: [] }],
  })
})

test('a token is asked for only where there is one', () => {
  expect(document.components.securitySchemes).not.toHaveProperty('token')
  expect(openApiDocument({ needsToken: true })).toMatchObject({
    security: [{ token: [] }],
    components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
  })
})
