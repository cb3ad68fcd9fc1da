import pg from 'pg'
import { isSubject, subjectKey } from '../ledger/subjects.ts'
import { storeErrorFrom } from '../postgres/errors.ts'
import { expectSchema, expectServer } from '../postgres/schema-version.ts'
import { parseTarget } from '../postgres/target.ts'
import { asRole, readerRole } from '../rights/roles.ts'
import { run, type Session } from '../sql/statement.ts'
import { StoreError } from '../store.ts'
import type { AuditStore, EventsAsked, NamesOf, SpanAsked, WindowRequest } from './audit-store.ts'
import { blameNode, blamePod } from './chain.ts'
import { coverageSlice, daemonSetChanges, missingNodes, outstandingSlice, rolloutSlice } from './daemonset-audits.ts'
import { decisionSlice, positionOf } from './decision-list.ts'
import { flappingSlice } from './flapping.ts'
import { churnSlice, diffSlice, misplacedSlice } from './fleet-audits.ts'
import { readHistory } from './history.ts'
import { clusterSlice, commandsUnderWaySlice, daemonSetSlice, holdSlice, nodeSlice, placementSlice } from './lists.ts'
import { onlyLabelled } from './only-labelled.ts'
import { sighted, withChanges } from './read-events.ts'
import type { Reading } from './reading.ts'
import { archivedOf } from './sql/archived.ts'
import { eventsOfStream, eventsOfSubjects } from './sql/events.ts'
import { selectStream } from './sql/find-stream.ts'
import { selectHeads } from './sql/heads.ts'
import { selectIntent } from './sql/intents.ts'
import { clusterNames, daemonSetNames, nodeNames, podNames } from './sql/names.ts'
import { recordBegins } from './sql/record-begins.ts'
import { nodeStanding } from './why-node.ts'
import { podStories } from './why-pod.ts'

export type PostgresAuditOptions = {
  /** `postgres://user:password@host:port/database`; a user with SELECT only is enough. */
  readonly url: string
  /** Role that the sessions act as; `none`: the user's own rights. Default `rollcall_reader`. */
  readonly role?: string
  /** Shown in `pg_stat_activity`. Default `rollcall audit`. */
  readonly applicationName?: string
  /** Questions answered side by side. Default 4. */
  readonly poolSize?: number
  /** The longest that a statement may take: the server ends it. A reader that lasts would hold up vacuum. Default 5 s. */
  readonly statementTimeoutMs?: number
  /** The longest that connecting may take, waiting for a free connection included. Default 5 s. */
  readonly connectTimeoutMs?: number
  /** Told of connections that break while nobody waits for them. Default: nobody. */
  readonly logger?: { warn(facts: object, message: string): void }
}

/** Plans are made for the parameters at hand: most are null and leave a condition out. */
const planned = '-c plan_cache_mode=force_custom_plan -c jit=off -c default_transaction_read_only=on'

/**
 * The record on Postgres, for reading only: a pool of its own with a time limit on every statement, so that no question
 * can hold up commits, vacuum, or other questions. @throws StoreError when the URL cannot be read
 */
export function createPostgresAuditStore(options: PostgresAuditOptions): AuditStore {
  const target = parseTarget(options.url)
  const statementTimeoutMs = options.statementTimeoutMs ?? 5_000
  const pool = new pg.Pool({
    connectionString: options.url,
    application_name: options.applicationName ?? 'rollcall audit',
    max: options.poolSize ?? 4,
    connectionTimeoutMillis: options.connectTimeoutMs ?? 5_000,
    statement_timeout: statementTimeoutMs,
    idle_in_transaction_session_timeout: statementTimeoutMs,
    query_timeout: statementTimeoutMs + 2_000,
    keepAlive: true,
    options: `${planned} ${asRole(options.role ?? readerRole)}`,
  })
  const lost = (error: Error) => options.logger?.warn({ error: error.message }, 'a connection to Postgres was lost')
  // Without listeners a connection that breaks would end the process. Whoever uses it gets the error as well.
  pool.on('error', lost)
  pool.on('connect', client => client.on('error', lost))

  const errorFrom = (thrown: unknown): unknown => {
    if ((thrown as { code?: unknown }).code !== '57014') return storeErrorFrom(thrown, target)
    const seconds = statementTimeoutMs / 1_000
    return new StoreError('took-too-long', `the answer was not found within ${seconds} s: ask for less`, {
      cause: thrown,
    })
  }

  let closed: Promise<void> | null = null
  let checked: Promise<void> | null = null
  const ready = (): Promise<void> => {
    if (closed) return Promise.reject(new StoreError('failed', 'the store is closed'))
    checked ??= onClient(async client => {
      await expectServer(client, target)
      await expectSchema(client, target)
    }).catch(error => {
      checked = null
      throw errorFrom(error)
    })
    return checked
  }
  const onClient = async <T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T> => {
    const client = await pool.connect()
    let failed = true
    try {
      const result = await work(client)
      failed = false
      return result
    } finally {
      client.release(failed)
    }
  }

  /** Every question goes through here: after the check, and with errors that say the mend. */
  const ask = async <T>(question: (session: Session) => Promise<T>): Promise<T> => {
    await ready()
    try {
      return await question(pool)
    } catch (error) {
      throw errorFrom(error)
    }
  }
  /** All that is read for one answer is of one instant. null: there is no stream of this cluster. */
  const askAtOnce = <T>(cluster: string, question: (reading: Reading) => Promise<T>): Promise<T | null> =>
    ask(() =>
      onClient(async client => {
        await client.query('begin isolation level repeatable read read only')
        const [stream] = await run(client, selectStream, { cluster })
        const answer = stream === undefined ? null : await question({ session: client, cluster, stream })
        await client.query('commit')
        return answer
      }),
    )

  /** As `askAtOnce`, of the nodes that the labels asked for mean. */
  const askOfNodes = <Asked extends Pick<SpanAsked, 'cluster' | 'nodes' | 'labels'>, T>(
    asked: Asked,
    question: (reading: Reading, asked: Asked) => Promise<T>,
  ): Promise<T | null> =>
    askAtOnce(asked.cluster, async reading => question(reading, await onlyLabelled(reading, asked)))

  return {
    ready,
    clusters: (asked, page) => ask(session => clusterSlice(session, asked, page)),
    nodes: (asked, page) => ask(session => nodeSlice(session, asked, page)),
    daemonSets: (asked, page) => ask(session => daemonSetSlice(session, asked, page)),
    placements: (asked, page) => ask(session => placementSlice(session, asked, page)),
    whyPod: (cluster, namespace, name) =>
      askAtOnce(cluster, async reading => {
        const stories = await podStories(reading, namespace, name)
        return stories.length === 0 ? null : { cluster, namespace, name, stories }
      }),
    whyNode: (cluster, node, asked) => askAtOnce(cluster, reading => nodeStanding(reading, node, asked)),
    blamePod: (cluster, namespace, name) => askAtOnce(cluster, reading => blamePod(reading, namespace, name)),
    blameNode: (cluster, node, asked) => askAtOnce(cluster, reading => blameNode(reading, node, asked)),
    history: (of, window) => askAtOnce(of.cluster, reading => readHistory(reading, of, window)),
    missing: (of, asked, page) => askAtOnce(of.cluster, reading => missingNodes(reading, of, asked, page)),
    outstanding: (of, page) => askAtOnce(of.cluster, reading => outstandingSlice(reading, of, page)),
    changes: (of, window) => askAtOnce(of.cluster, reading => daemonSetChanges(reading, of, window)),
    rollouts: (of, asked, page) => askAtOnce(of.cluster, reading => rolloutSlice(reading, of, asked, page)),
    coverage: (asked, page) => askOfNodes(asked, (reading, of) => coverageSlice(reading, of, page)),
    diff: (asked, page) => askOfNodes(asked, (reading, of) => diffSlice(reading, of, page)),
    misplaced: (asked, page) => askOfNodes(asked, (reading, of) => misplacedSlice(reading, of, page)),
    churn: (asked, page) => askOfNodes(asked, (reading, of) => churnSlice(reading, of, page)),
    flapping: (asked, page) => askOfNodes(asked, (reading, of) => flappingSlice(reading, of, page)),
    events: async (asked, window) =>
      (await askAtOnce(asked.cluster, reading => eventSlice(reading, asked, window))) ?? { items: [], more: false },
    decisions: async (asked, page) =>
      (await askOfNodes(asked, (reading, of) => decisionSlice(reading, of, page))) ?? { items: [], next: null },
    commandsUnderWay: (cluster, page) => ask(session => commandsUnderWaySlice(session, cluster, page)),
    positionAt: (cluster, at) => askAtOnce(cluster, reading => positionOf(reading, at)),
    heads: clusters => ask(async session => new Map(await run(session, selectHeads, { clusters }))),
    recordBegins: clusters => ask(async session => new Map(await run(session, recordBegins, { clusters }))),
    archived: clusters => ask(session => run(session, archivedOf, { clusters })),
    names: of => ask(session => namesOf(session, of, null)),
    knownNames: (of, among) => ask(async session => new Set(await namesOf(session, of, among))),
    holds: (asked, page) => ask(session => holdSlice(session, asked, page)),
    intent: (cluster, intent) =>
      ask(async session => (await run(session, selectIntent, { cluster, intent }))[0] ?? null),
    async healthy() {
      try {
        await ready()
        await pool.query('select 1')
        return true
      } catch {
        // The question is whether it answers; `ready()` says what is wrong.
        return false
      }
    },
    close() {
      closed ??= pool.end()
      return closed
    },
  }
}

async function eventSlice(
  reading: Reading,
  { types, subject }: EventsAsked,
  { from, direction, limit }: WindowRequest<number>,
) {
  const { session, cluster, stream } = reading
  const range = { stream, from, types, limit }
  const rows =
    subject === null
      ? await run(session, eventsOfStream[direction], range)
      : await run(session, eventsOfSubjects[direction], { ...range, subjects: [subjectKey(subject)] })
  const page = rows.slice(0, limit)
  if (direction === 'older') page.reverse()
  const found = page
    .map(row => sighted(cluster, row))
    .filter(({ event }) => subject === null || isSubject(event, subject))
  return { items: await withChanges(reading, found), more: rows.length > limit }
}

function namesOf(session: Session, of: NamesOf, among: readonly string[] | null): Promise<string[]> {
  switch (of.kind) {
    case 'cluster':
      return run(session, clusterNames, { among })
    case 'node':
      return run(session, nodeNames, { ...of, among })
    case 'daemonSet':
      return run(session, daemonSetNames, { ...of, among })
    case 'pod':
      return run(session, podNames, { ...of, among })
  }
}
