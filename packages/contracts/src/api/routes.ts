import { z } from 'zod'
import {
  changesAnswerSchema,
  changesQuerySchema,
  coverageAnswerSchema,
  coverageQuerySchema,
  missingAnswerSchema,
  missingQuerySchema,
  rolloutsAnswerSchema,
  rolloutsQuerySchema,
} from './audits.ts'
import { blameAnswerSchema, blameNodeQuerySchema } from './blame.ts'
import { clustersAnswerSchema, clustersQuerySchema } from './clusters.ts'
import { commandsUnderWayAnswerSchema, commandsUnderWayQuerySchema } from './commands-under-way.ts'
import { decisionsAnswerSchema, decisionsQuerySchema } from './decisions.ts'
import { flappingAnswerSchema, flappingQuerySchema } from './flapping.ts'
import {
  churnAnswerSchema,
  churnQuerySchema,
  diffAnswerSchema,
  diffQuerySchema,
  misplacedAnswerSchema,
  misplacedQuerySchema,
} from './fleet-audits.ts'
import { historyAnswerSchema, historyQuerySchema } from './history.ts'
import { holdsAnswerSchema, holdsQuerySchema } from './holds.ts'
import { eventsAnswerSchema, eventsQuerySchema, followQuerySchema, ledgerEventSchema } from './ledger-events.ts'
import { daemonSetsAnswerSchema, daemonSetsQuerySchema, nodesAnswerSchema, nodesQuerySchema } from './objects.ts'
import { outstandingAnswerSchema, outstandingQuerySchema } from './outstanding.ts'
import { placementsAnswerSchema, placementsQuerySchema } from './placements.ts'
import { whyNodeAnswerSchema, whyNodeQuerySchema, whyPodAnswerSchema } from './why.ts'

/** A route as server, client and OpenAPI document know it. `path` holds its parameters in braces. */
export type Route = {
  readonly method: 'get'
  readonly path: string
  readonly summary: string
  readonly params: z.ZodObject
  readonly query: z.ZodObject
  readonly answer: z.ZodType
  /** Default `application/json`; of an event stream `answer` is one event's data. */
  readonly mediaType?: 'text/event-stream'
}

const route = <R extends Route>(definition: R): R => definition

const nothing = z.object({})
const clusterParam = { cluster: z.string().describe('Name of the cluster.') }
const namespacedParams = { ...clusterParam, namespace: z.string(), name: z.string() }

/** Every route of the auditor. */
export const routes = {
  clusters: route({
    method: 'get',
    path: '/api/v1/clusters',
    summary: 'Clusters with what is recorded of each',
    params: nothing,
    query: clustersQuerySchema,
    answer: clustersAnswerSchema,
  }),
  nodes: route({
    method: 'get',
    path: '/api/v1/nodes',
    summary: 'Nodes, by cluster and name',
    params: nothing,
    query: nodesQuerySchema,
    answer: nodesAnswerSchema,
  }),
  daemonSets: route({
    method: 'get',
    path: '/api/v1/daemonsets',
    summary: 'DaemonSets, by cluster, namespace and name',
    params: nothing,
    query: daemonSetsQuerySchema,
    answer: daemonSetsAnswerSchema,
  }),
  placements: route({
    method: 'get',
    path: '/api/v1/placements',
    summary: 'What runs, or ran, where: now, at a time, between two times',
    params: nothing,
    query: placementsQuerySchema,
    answer: placementsAnswerSchema,
  }),
  whyPod: route({
    method: 'get',
    path: '/api/v1/clusters/{cluster}/pods/{namespace}/{name}/why',
    summary: 'Why there is, was, or is not to be this pod: from recorded decisions',
    params: z.object(namespacedParams),
    query: nothing,
    answer: whyPodAnswerSchema,
  }),
  whyNode: route({
    method: 'get',
    path: '/api/v1/clusters/{cluster}/nodes/{node}/why',
    summary: 'Where each DaemonSet stands on this node, and why, or why not',
    params: z.object({ ...clusterParam, node: z.string() }),
    query: whyNodeQuerySchema,
    answer: whyNodeAnswerSchema,
  }),
  blamePod: route({
    method: 'get',
    path: '/api/v1/clusters/{cluster}/pods/{namespace}/{name}/blame',
    summary: 'Who started what this pod came and went by: person, API call, change, decision, command, pod, outcome',
    params: z.object(namespacedParams),
    query: nothing,
    answer: blameAnswerSchema,
  }),
  blameNode: route({
    method: 'get',
    path: '/api/v1/clusters/{cluster}/nodes/{node}/blame',
    summary: "Who started what each DaemonSet's standing on this node came about by",
    params: z.object({ ...clusterParam, node: z.string() }),
    query: blameNodeQuerySchema,
    answer: blameAnswerSchema,
  }),
  nodeHistory: route({
    method: 'get',
    path: '/api/v1/clusters/{cluster}/nodes/{node}/history',
    summary: 'The whole story of a node',
    params: z.object({ ...clusterParam, node: z.string() }),
    query: historyQuerySchema,
    answer: historyAnswerSchema,
  }),
  daemonSetHistory: route({
    method: 'get',
    path: '/api/v1/clusters/{cluster}/daemonsets/{namespace}/{name}/history',
    summary: 'The whole story of a DaemonSet',
    params: z.object(namespacedParams),
    query: historyQuerySchema,
    answer: historyAnswerSchema,
  }),
  podHistory: route({
    method: 'get',
    path: '/api/v1/clusters/{cluster}/pods/{namespace}/{name}/history',
    summary: 'The whole story of a pod',
    params: z.object(namespacedParams),
    query: historyQuerySchema,
    answer: historyAnswerSchema,
  }),
  missing: route({
    method: 'get',
    path: '/api/v1/clusters/{cluster}/daemonsets/{namespace}/{name}/missing',
    summary: 'Nodes without a pod of this DaemonSet, since when, and why',
    params: z.object(namespacedParams),
    query: missingQuerySchema,
    answer: missingAnswerSchema,
  }),
  outstanding: route({
    method: 'get',
    path: '/api/v1/clusters/{cluster}/daemonsets/{namespace}/{name}/outstanding',
    summary: 'Where the pods of this DaemonSet are otherwise than the standing decisions would have them',
    params: z.object(namespacedParams),
    query: outstandingQuerySchema,
    answer: outstandingAnswerSchema,
  }),
  changes: route({
    method: 'get',
    path: '/api/v1/clusters/{cluster}/daemonsets/{namespace}/{name}/changes',
    summary: 'Who changed this DaemonSet, and what',
    params: z.object(namespacedParams),
    query: changesQuerySchema,
    answer: changesAnswerSchema,
  }),
  rollouts: route({
    method: 'get',
    path: '/api/v1/clusters/{cluster}/daemonsets/{namespace}/{name}/rollouts',
    summary: 'Rollouts of this DaemonSet: how long they took, what failed, which nodes held them up',
    params: z.object(namespacedParams),
    query: rolloutsQuerySchema,
    answer: rolloutsAnswerSchema,
  }),
  coverage: route({
    method: 'get',
    path: '/api/v1/clusters/{cluster}/coverage',
    summary: 'How long nodes were without a pod that they should have had',
    params: z.object(clusterParam),
    query: coverageQuerySchema,
    answer: coverageAnswerSchema,
  }),
  diff: route({
    method: 'get',
    path: '/api/v1/clusters/{cluster}/diff',
    summary: 'What is otherwise at the end of a span of time than at its beginning',
    params: z.object(clusterParam),
    query: diffQuerySchema,
    answer: diffAnswerSchema,
  }),
  misplaced: route({
    method: 'get',
    path: '/api/v1/clusters/{cluster}/misplaced',
    summary: 'Pods that were on nodes on which they should not have been',
    params: z.object(clusterParam),
    query: misplacedQuerySchema,
    answer: misplacedAnswerSchema,
  }),
  churn: route({
    method: 'get',
    path: '/api/v1/clusters/{cluster}/churn',
    summary: 'How often pods came and why they ended, the most restless first',
    params: z.object(clusterParam),
    query: churnQuerySchema,
    answer: churnAnswerSchema,
  }),
  flapping: route({
    method: 'get',
    path: '/api/v1/clusters/{cluster}/flapping',
    summary: 'Which nodes, or pods, changed most often, and what of them',
    params: z.object(clusterParam),
    query: flappingQuerySchema,
    answer: flappingAnswerSchema,
  }),
  decisions: route({
    method: 'get',
    path: '/api/v1/clusters/{cluster}/decisions',
    summary: 'What was decided, in order, with its rule and facts',
    params: z.object(clusterParam),
    query: decisionsQuerySchema,
    answer: decisionsAnswerSchema,
  }),
  commandsUnderWay: route({
    method: 'get',
    path: '/api/v1/clusters/{cluster}/commands-under-way',
    summary: 'Commands of which nothing says yet that they are done',
    params: z.object(clusterParam),
    query: commandsUnderWayQuerySchema,
    answer: commandsUnderWayAnswerSchema,
  }),
  holds: route({
    method: 'get',
    path: '/api/v1/holds',
    summary: 'Deletions that the guard held, newest first',
    params: nothing,
    query: holdsQuerySchema,
    answer: holdsAnswerSchema,
  }),
  events: route({
    method: 'get',
    path: '/api/v1/events',
    summary: 'Events of the ledger',
    params: nothing,
    query: eventsQuerySchema,
    answer: eventsAnswerSchema,
  }),
  follow: route({
    method: 'get',
    path: '/api/v1/events/stream',
    summary: 'Events of the ledger as they come (server-sent events)',
    params: nothing,
    query: followQuerySchema,
    answer: ledgerEventSchema,
    mediaType: 'text/event-stream',
  }),
} as const

export type RouteName = keyof typeof routes
export type ParamsOf<N extends RouteName> = z.output<(typeof routes)[N]['params']>
/** As a client writes it. */
export type QueryOf<N extends RouteName> = z.input<(typeof routes)[N]['query']>
/** As the server reads it. */
export type ReadQueryOf<N extends RouteName> = z.output<(typeof routes)[N]['query']>
export type AnswerOf<N extends RouteName> = z.output<(typeof routes)[N]['answer']>

/** Path of a request, with its parameters percent-encoded. */
export function pathOf({ path }: { readonly path: string }, params: Record<string, string>): string {
  return path.replace(/\{(\w+)\}/g, (_, key: string) => {
    const value = params[key]
    if (value === undefined) throw new TypeError(`${path} needs the parameter ${key}`)
    return encodeURIComponent(value)
  })
}

/**
 * Path and query of a request, percent-encoded. Members that are undefined are left out, lists are repeated.
 */
export function pathFor(name: RouteName, params: Record<string, string>, query: Record<string, unknown> = {}): string {
  const path = pathOf(routes[name], params)
  const search = new URLSearchParams()
  for (const [key, value] of Object.entries(query)) {
    for (const each of Array.isArray(value) ? value : [value]) if (each !== undefined) search.append(key, String(each))
  }
  const text = search.toString()
  return text === '' ? path : `${path}?${text}`
}
