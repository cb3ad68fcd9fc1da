import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { infraDir } from '../settings.ts'

/** One request, as the audit of the API server tells it (audit.k8s.io/v1, level Metadata). */
export type AuditedRequest = {
  readonly user: string
  /** Kubernetes' verb: `get`, `list`, `watch`, `create`… */
  readonly verb: string
  /** `daemonsets`, `pods/status`; for paths that are no resource, the path. */
  readonly resource: string
  /** HTTP status of the answer. */
  readonly code: number
}

type AuditEvent = {
  readonly verb: string
  readonly user: { readonly username: string }
  readonly objectRef?: { readonly resource?: string; readonly subresource?: string }
  readonly requestURI: string
  readonly responseStatus?: { readonly code?: number }
}

const logIn = (dir: string): string => join(dir, 'audit.log')

/** Flags of kube-apiserver by which it writes down what these users ask; none: nothing is written. */
export function auditFlags(dir: string, users: readonly string[]): string[] {
  if (users.length === 0) return []
  const policy = join(dir, 'audit-policy.json')
  const rules = [{ level: 'Metadata', users }, { level: 'None' }]
  const text = { apiVersion: 'audit.k8s.io/v1', kind: 'Policy', omitStages: ['RequestReceived'], rules }
  writeFileSync(policy, JSON.stringify(text))
  // It writes each line before it answers (mode `blocking`, the default).
  return [`--audit-policy-file=${policy}`, `--audit-log-path=${logIn(dir)}`]
}

/** Where the API server tells its audit. Over plain HTTP it sends no credentials: a secret must be part of the path. */
export type AuditWebhook = { readonly url: string }

/** Flags by which kube-apiserver tells an audit webhook what changes nodes, pods, DaemonSets and ControllerRevisions. */
export function webhookFlags(dir: string, { url }: AuditWebhook): string[] {
  const config = join(dir, 'audit-webhook.json')
  const named = { name: 'audit' }
  const text = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ ...named, cluster: { server: url } }],
    users: [{ ...named, user: {} }],
    contexts: [{ ...named, context: { cluster: 'audit', user: 'audit' } }],
    'current-context': 'audit',
  }
  writeFileSync(config, JSON.stringify(text), { mode: 0o600 })
  return [
    `--audit-policy-file=${join(infraDir, 'control-plane/audit/policy.yaml')}`,
    `--audit-webhook-config-file=${config}`,
    '--audit-webhook-batch-max-wait=1s',
    '--audit-webhook-initial-backoff=1s',
  ]
}

/** A watch stands there when it begins and when it ends. */
export function readAudit(dir: string): readonly AuditedRequest[] {
  if (!existsSync(logIn(dir))) return []
  const whole = readFileSync(logIn(dir), 'utf8')
  const lines = whole.slice(0, whole.lastIndexOf('\n') + 1).split('\n')
  return lines
    .filter(line => line !== '')
    .map(line => {
      const { verb, user, objectRef, requestURI, responseStatus } = JSON.parse(line) as AuditEvent
      const resource = [objectRef?.resource, objectRef?.subresource].filter(Boolean).join('/')
      return {
        user: user.username,
        verb,
        resource: resource === '' ? requestURI : resource,
        code: responseStatus?.code ?? 0,
      }
    })
}
