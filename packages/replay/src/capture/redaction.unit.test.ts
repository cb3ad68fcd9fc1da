import { type DecisionPoint, decisionPointSchema, type Event, type EventType, eventSchemas } from '@rollcall/contracts'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { Redaction } from './redaction.ts'

/** Every text of every schema, by its path: with itself as its value, so that what survives says where it stood. */
type Schema = {
  readonly type?: string | readonly string[]
  readonly const?: unknown
  readonly enum?: readonly string[]
  readonly anyOf?: readonly Schema[]
  readonly oneOf?: readonly Schema[]
  readonly properties?: { readonly [name: string]: Schema }
  readonly additionalProperties?: Schema | boolean
  readonly items?: Schema
  readonly minimum?: number
}

const holdsText = ({ type, anyOf }: Schema): boolean => type === 'string' || (anyOf?.some(holdsText) ?? false)

function filled(schema: Schema, path: string): unknown {
  if (schema.const !== undefined) return schema.const
  if (schema.enum !== undefined) return schema.enum[0]
  const options = schema.anyOf ?? schema.oneOf
  if (options !== undefined) return filled(options.find(holdsText) ?? options[0] ?? {}, path)
  switch (typeof schema.type === 'string' ? schema.type : schema.type?.[0]) {
    case 'object': {
      const named = Object.entries(schema.properties ?? {}).map(([name, member]) => [
        name,
        filled(member, `${path}.${name}`),
      ])
      if (named.length > 0) return { ...Object.fromEntries(named), unknownMember: `${path}.unknownMember` }
      const of = typeof schema.additionalProperties === 'object' ? schema.additionalProperties : {}
      return { key: filled(of, `${path}.*`) }
    }
    case 'array':
      return [filled(schema.items ?? {}, `${path}[]`)]
    case 'integer':
    case 'number':
      return 1
    case 'boolean':
      return true
    default:
      // A string; or any JSON, of which a string is one.
      return path
  }
}

function* textsOf(value: unknown): Generator<string> {
  if (typeof value === 'string') yield value
  else if (typeof value === 'object' && value !== null)
    for (const member of Object.values(value)) yield* textsOf(member)
}

const survivors = (before: unknown, after: unknown): string[] => {
  const planted = new Set([...textsOf(before)].filter(text => text.startsWith('$')))
  return [...textsOf(after)].filter(text => planted.has(text)).sort()
}

const events = Object.entries(eventSchemas).map(([type, schema]): [EventType, Event] => [
  type as EventType,
  filled(z.toJSONSchema(schema, { io: 'output' }) as Schema, '$') as Event,
])
const eventLeft = (event: Event): string[] => {
  const after = new Redaction().entry({ kind: 'event', position: 1, event })
  return survivors(event, after)
}

/** Texts of facts by which the core decides, or by which the rest is told apart. */
const owner = ['apiVersion', 'kind', 'name', 'uid'].map(member => `owner.${member}`)
const requirement = (path: string) => ['key', 'operator', 'values[]'].map(member => `${path}.${member}`)
const by = ['$.by.manager', '$.by.operation']
const within = (path: string, members: readonly string[]) => members.map(member => `$.${path}.${member}`)
const needed: { readonly [type in EventType]: readonly string[] } = {
  NodeObserved: [
    ...within('node', ['name', 'uid', 'resourceVersion', 'labels.*']),
    ...within('node.taints[]', ['key', 'value', 'effect']),
    ...within('node.conditions[]', ['type', 'status']),
    ...by,
  ],
  NodeGone: ['$.name', '$.uid', '$.resourceVersion'],
  PodObserved: [
    ...within('pod', ['namespace', 'name', 'uid', 'resourceVersion', 'labels.*', ...owner, 'commandId']),
    ...within('pod', ['nodeName', 'target', 'phase', 'reason', 'trouble']),
    ...by,
  ],
  PodGone: ['$.namespace', '$.name', '$.uid', '$.resourceVersion'],
  DaemonSetObserved: [
    ...within('daemonSet', ['namespace', 'name', 'uid', 'resourceVersion']),
    ...within('daemonSet', ['selector.matchLabels.*', ...requirement('selector.matchExpressions[]')]),
    ...within('daemonSet.updateStrategy', ['type', 'maxUnavailable', 'maxSurge']),
    ...within('daemonSet.template', ['digest', 'labels.*', 'nodeName', 'nodeSelector.*', 'images[]']),
    ...within('daemonSet.template.affinityTerms[]', requirement('matchExpressions[]')),
    ...within('daemonSet.template.affinityTerms[]', requirement('matchFields[]')),
    ...within('daemonSet.template.tolerations[]', ['key', 'operator', 'value', 'effect']),
    // Of those that Rollcall writes.
    ...within('daemonSet.conditions[]', ['type', 'reason', 'message']),
    ...by,
  ],
  DaemonSetGone: ['$.namespace', '$.name', '$.uid', '$.resourceVersion'],
  RevisionObserved: [
    ...within('revision', ['namespace', 'name', 'uid', 'resourceVersion', 'labels.*', ...owner, 'templateDigest']),
    ...by,
  ],
  RevisionGone: ['$.namespace', '$.name', '$.uid', '$.resourceVersion'],
  ClusterIdentified: ['$.clusterUid', '$.serverVersion'],
  RelistStarted: ['$.relist'],
  RelistListed: ['$.relist', ...within('objects[]', ['namespace', 'name', 'uid'])],
  RelistCompleted: ['$.relist', '$.resourceVersion'],
  ChangeAttributed: ['$.audit', ...within('object', ['namespace', 'name', 'uid']), '$.resourceVersion', '$.verb'],
  WatchProgressed: ['$.resourceVersion'],
  CommandSettled: [
    ...['$.commandId', '$.slot', '$.answer.reason', '$.answer.cause'],
    ...within('object', ['name', 'uid', 'resourceVersion']),
  ],
  CommandDelayed: ['$.commandId', '$.slot'],
  ModeRequested: ['$.intent', '$.askedBy.via'],
  HoldApproved: ['$.intent', '$.askedBy.via', '$.hold'],
  HoldRejected: ['$.intent', '$.askedBy.via', '$.hold'],
  Ticked: [],
}

test.each(events)('of %s, no text leaves but what is listed here', (type, event) => {
  const planted = [...textsOf(event)]
  expect(planted).toContain('$.unknownMember')
  for (const path of needed[type]) expect(planted).toContain(path)
  expect(eventLeft(event)).toEqual(['$.cluster', ...needed[type]].sort())
})

test('of a decision point, what no schema knows goes, and people wherever a core tells of them', () => {
  const point = filled(z.toJSONSchema(decisionPointSchema, { io: 'output' }) as Schema, '$') as DecisionPoint
  const [decision] = point.decisions
  if (!decision) throw new Error('it holds a decision')
  const askedBy = { user: '$person', via: 'cli' }
  const told: DecisionPoint = {
    ...point,
    decisions: [
      { ...decision, reason: { ...decision.reason, facts: { by: askedBy, deep: [{ askedBy }], kept: '$fact' } } },
    ],
    marks: [{ kind: 'any', askedBy }],
  }
  const left = survivors(told, new Redaction().entry({ kind: 'decision', position: 1, point: told }))
  expect(left).not.toContain('$person')
  expect(left.filter(path => path.endsWith('unknownMember'))).toEqual([])
  expect(left).toContain('$fact')
  const kept = new Redaction({ people: true }).entry({ kind: 'decision', position: 1, point: told })
  expect(survivors(told, kept)).toContain('$person')
})
