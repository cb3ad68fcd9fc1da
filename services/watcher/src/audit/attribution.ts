import type { EventOf, Kind } from '@rollcall/contracts'
import type { KubeObject } from '@rollcall/kube'
import { z } from 'zod'
import { slimmerOf } from '../kinds.ts'

/** What is read of an event of the API server's audit (audit.k8s.io/v1); all else, bodies above all, is let go at once. */
const auditEventSchema = z.object({
  auditID: z.string().min(1).max(100),
  stage: z.string(),
  verb: z.string(),
  requestURI: z.string().default(''),
  user: z.object({ username: z.string().default(''), groups: z.array(z.string()).default([]) }),
  impersonatedUser: z.object({ username: z.string().default(''), groups: z.array(z.string()).default([]) }).optional(),
  sourceIPs: z.array(z.string()).default([]),
  userAgent: z.string().default(''),
  objectRef: z
    .object({
      apiGroup: z.string().default(''),
      resource: z.string().default(''),
      subresource: z.string().default(''),
      namespace: z.string().default(''),
      name: z.string().default(''),
      uid: z.string().default(''),
    })
    .optional(),
  responseStatus: z.object({ code: z.int().optional() }).optional(),
  responseObject: z.record(z.string(), z.unknown()).optional(),
  requestReceivedTimestamp: z.string(),
})
type AuditEvent = z.infer<typeof auditEventSchema>

/** The body of a request of the audit webhook. */
export const eventListSchema = z.object({
  kind: z.literal('EventList'),
  apiVersion: z.literal('audit.k8s.io/v1'),
  items: z.array(z.unknown()).max(10_000),
})

export type Attribution = EventOf<'ChangeAttributed'>

const kinds: { readonly [resource: string]: Kind } = {
  '/nodes': 'Node',
  '/pods': 'Pod',
  'apps/daemonsets': 'DaemonSet',
  'apps/controllerrevisions': 'ControllerRevision',
}
const verbs = new Set(['create', 'update', 'patch', 'delete', 'deletecollection'])

/** Texts are cut there: nobody's user agent may fill the log. */
const charactersMax = 256
const namesMax = 16
/** Objects of one request that are told at most. */
const objectsMax = 1_000

export type AttributionScope = {
  readonly cluster: string
  /** Epoch milliseconds. */
  readonly at: number
  readonly pods: 'relevant' | 'all'
  /** The executor's user: its commands and their outcomes tell more of its changes already. null: told like everybody's. */
  readonly ownUser: string | null
}

/**
 * The changes of watched objects that one event of the audit tells of; empty for all else: reads, requests that were refused or
 * only tried, status and bindings, which controllers write, objects outside of what is watched,
 * and Rollcall's own. null: it is no such event.
 */
export function attributionsOf(raw: unknown, { cluster, at, pods, ownUser }: AttributionScope): Attribution[] | null {
  const parsed = auditEventSchema.safeParse(raw)
  if (!parsed.success) return null
  const event = parsed.data
  const reference = event.objectRef
  const requestedAt = Date.parse(event.requestReceivedTimestamp)
  if (Number.isNaN(requestedAt)) return null
  const kind = kinds[`${reference?.apiGroup}/${reference?.resource}`]
  if (reference === undefined || kind === undefined || !isChange(event, reference.subresource)) return []
  if (isOwn(event, ownUser)) return []
  const isEviction = reference.subresource === 'eviction'
  const who = {
    verb: isEviction ? 'evict' : event.verb,
    user: userOf(event),
    userAgent: event.userAgent.slice(0, charactersMax),
    sourceIps: event.sourceIPs.slice(0, namesMax).map(ip => ip.slice(0, charactersMax)),
    requestedAt,
  }
  return changedObjects(event, kind, isEviction, pods).map(({ resourceVersion, ...object }, index, { length }) => ({
    type: 'ChangeAttributed' as const,
    cluster,
    at,
    audit: length === 1 ? event.auditID : `${event.auditID}#${index}`,
    object,
    resourceVersion,
    ...who,
  }))
}

function isChange(event: AuditEvent, subresource: string): boolean {
  const code = event.responseStatus?.code ?? 0
  return (
    event.stage === 'ResponseComplete' &&
    verbs.has(event.verb) &&
    (subresource === '' || subresource === 'eviction') &&
    code >= 200 &&
    code < 300 &&
    !/[?&]dryRun=/.test(event.requestURI)
  )
}

/** By whom the API server let in, which nobody else can pretend; under another name it is that person's change. */
const isOwn = ({ user, impersonatedUser }: AuditEvent, ownUser: string | null): boolean =>
  ownUser !== null && user.username === ownUser && impersonatedUser === undefined

function userOf({ user, impersonatedUser }: AuditEvent): Attribution['user'] {
  const acting = impersonatedUser ?? user
  return {
    name: acting.username.slice(0, charactersMax),
    groups: acting.groups
      .filter(group => group !== 'system:authenticated')
      .slice(0, namesMax)
      .map(group => group.slice(0, charactersMax)),
    impersonatedBy: impersonatedUser === undefined ? null : user.username.slice(0, charactersMax),
  }
}

type Changed = Attribution['object'] & Pick<Attribution, 'resourceVersion'>

/** Bodies come at level RequestResponse only; below it the reference alone says which object it was. */
function changedObjects(event: AuditEvent, kind: Kind, isEviction: boolean, pods: 'relevant' | 'all'): Changed[] {
  const { objectRef, responseObject } = event
  const namespace = objectRef?.namespace ?? ''
  const byName = (uid: string | null): Changed[] => {
    const name = objectRef?.name ?? ''
    return name === '' ? [] : [{ kind, namespace, name, uid, resourceVersion: null }]
  }
  const told = objectRef?.uid || null
  if (responseObject === undefined || isEviction) return byName(told)
  if (responseObject.kind === 'Status') return byName(uidOfStatus(responseObject) ?? told)
  const list = Array.isArray(responseObject.items) ? responseObject.items : null
  const objects = (list ?? [responseObject]).slice(0, objectsMax) as KubeObject[]
  return objects.flatMap(object => changedObject(object, kind, namespace, pods))
}

/** Of an object that was deleted at once the answer is a Status, with its uid. */
function uidOfStatus({ details }: { readonly [member: string]: unknown }): string | null {
  const uid = typeof details === 'object' && details !== null ? (details as { uid?: unknown }).uid : undefined
  return typeof uid === 'string' && uid !== '' ? uid : null
}

/** Only what would be observed as well. Items of a list may lack their namespace. */
function changedObject(object: KubeObject, kind: Kind, namespace: string, pods: 'relevant' | 'all'): Changed[] {
  const metadata = z
    .object({
      name: z.string(),
      namespace: z.string().default(namespace),
      uid: z.string(),
      resourceVersion: z.string(),
    })
    .safeParse(object?.metadata)
  if (!metadata.success || !isWatched(object, kind, pods)) return []
  return [{ kind, ...metadata.data }]
}

function isWatched(object: KubeObject, kind: Kind, pods: 'relevant' | 'all'): boolean {
  if (kind !== 'Pod' || pods === 'all') return true
  try {
    return slimmerOf(kind, pods)(object).isInSet
  } catch {
    // The audit may have cut the body short; that somebody changed this pod is worth a row all the same.
    return true
  }
}
