import {
  type IntentRoute,
  idempotencyKeyHeader,
  idempotencyKeySchema,
  intentRoutes,
  intentSchema,
  problemMediaType,
  problemSchema,
  type Route,
  routes,
} from '@rollcall/contracts/api'
import { z } from 'zod'

type Schema = Record<string, unknown>

const refBase = '#/components/schemas/'

/** The OpenAPI 3.1 document of the API, generated from the schemas that the server itself reads and answers by. */
export function openApiDocument({ needsToken }: { readonly needsToken: boolean }): object {
  const components: Record<string, Schema> = {}
  const schemaOf = (schema: z.ZodType): Schema => collect(schema, components)
  const problem = {
    description: 'What was wrong, and what to do',
    content: json(problemMediaType, schemaOf(problemSchema)),
  }
  const paths: Record<string, object> = {}
  for (const [name, route] of Object.entries(routes) as [string, Route][]) {
    paths[route.path] = {
      [route.method]: {
        operationId: name,
        summary: route.summary,
        parameters: [...parametersIn('path', route.params), ...parametersIn('query', route.query)],
        responses: {
          200: {
            description: route.summary,
            content: json(route.mediaType ?? 'application/json', schemaOf(route.answer)),
          },
          default: problem,
        },
      },
    }
  }
  for (const [name, route] of Object.entries(intentRoutes) as [string, IntentRoute][]) {
    const key = z.object({
      [idempotencyKeyHeader]: idempotencyKeySchema.describe('Asking twice with it is asking once.'),
    })
    paths[route.path] = {
      ...paths[route.path],
      [route.method]: {
        operationId: name,
        summary: route.summary,
        parameters: [
          ...parametersIn('path', route.params),
          ...parametersIn('header', key).map(parameter => ({ ...parameter, required: false })),
        ],
        requestBody: { required: true, content: json('application/json', schemaOf(route.body)) },
        responses: {
          200: { description: 'It is on record', content: json('application/json', schemaOf(intentSchema)) },
          default: problem,
        },
        security: [{ user: [] }],
      },
    }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Rollcall auditor',
      version: 'v1',
      description:
        'What runs and ran where, and why, from the record. Times are RFC 3339 in UTC; recorded bodies of events and facts ' +
        'keep their own form (milliseconds since 1970). Errors are RFC 9457 problem details.',
    },
    paths,
    components: {
      schemas: components,
      securitySchemes: {
        user: { type: 'http', scheme: 'bearer', description: 'The token of a user of the users file.' },
        ...(needsToken ? { token: { type: 'http', scheme: 'bearer' } } : {}),
      },
    },
    ...(needsToken ? { security: [{ token: [] }] } : {}),
  }
}

/** As JSON Schema; schemas with an id become components. */
function collect(schema: z.ZodType, components: Record<string, Schema>): Schema {
  const made = z.toJSONSchema(schema, { io: 'output', unrepresentable: 'any', reused: 'inline' }) as Schema
  const { $schema, $defs, ...rest } = made
  for (const [id, definition] of Object.entries(($defs ?? {}) as Record<string, Schema>)) {
    components[id] ??= relinked(definition) as Schema
  }
  const id = typeof rest.id === 'string' ? rest.id : null
  if (id === null) return relinked(rest) as Schema
  components[id] ??= relinked(rest) as Schema
  return { $ref: `${refBase}${id}` }
}

/** References point to the components; `id` was the name of one, and is no keyword. */
function relinked(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(relinked)
  if (typeof value !== 'object' || value === null) return value
  const { id, ...members } = value as Schema
  const kept = typeof id === 'string' ? members : (value as Schema)
  return Object.fromEntries(
    Object.entries(kept).map(([key, member]) => [
      key,
      key === '$ref' && typeof member === 'string' ? member.replace('#/$defs/', refBase) : relinked(member),
    ]),
  )
}

function parametersIn(place: 'path' | 'query' | 'header', schema: z.ZodType): object[] {
  const { properties } = z.toJSONSchema(schema, { io: 'output' }) as { properties: Record<string, Schema> }
  return Object.entries(properties).map(([name, { description, ...rest }]) => ({
    name,
    in: place,
    required: place === 'path',
    ...(description === undefined ? {} : { description }),
    schema: relinked(rest),
  }))
}

const json = (mediaType: string, schema: Schema): object => ({ [mediaType]: { schema } })
