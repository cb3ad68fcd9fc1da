import { discoveryFormWanted } from './accept.ts'
import type { Answer, Call } from './call.ts'
import { groupDiscoveryList } from './discovery/aggregated.ts'
import { apiGroup, apiGroups, apiResources, apiVersions } from './discovery/legacy.ts'
import { openapiDocument, openapiIndex } from './discovery/openapi.ts'
import { versionOf } from './discovery/version.ts'
import { noSuchResource, notAllowed } from './status.ts'

/** Paths that anyone may read, as in a cluster with its default roles. */
export function isPublicPath(path: string): boolean {
  return path === '/version' || /^\/(healthz|livez|readyz)(\/|$)/.test(path)
}

/** Answers what is no resource: discovery, OpenAPI, version, health. */
export function answerPath(path: string, method: string, call: Call): Answer {
  const found = method === 'GET' ? find(path, call) : null
  if (found !== null) return found
  if (method !== 'GET' && find(path, call) !== null) throw notAllowed()
  if (path.startsWith('/apis/apps/') || path.startsWith('/api/')) throw noSuchResource()
  return { answer: 'text', code: 404, text: '404 page not found\n', contentType: 'text/plain; charset=utf-8' }
}

function find(path: string, call: Call): Answer | null {
  if (path === '/api' || path === '/apis') {
    const root = path === '/api' ? 'api' : 'apis'
    const form = discoveryFormWanted(call.headers.accept)
    if (form === 'legacy') return document(root === 'api' ? apiVersions() : apiGroups())
    const contentType = `application/json;g=apidiscovery.k8s.io;v=${form};as=APIGroupDiscoveryList`
    return document(groupDiscoveryList(root, form), contentType)
  }
  if (path === '/api/v1') return document(apiResources(''))
  const [, apis, group = '', version, ...more] = path.split('/')
  if (apis === 'apis' && more.length === 0) {
    if (version === undefined) return document(apiGroup(group))
    if (version === 'v1') return document(apiResources(group))
  }
  if (path === '/version') return document(versionOf())
  if (/^\/(healthz|livez|readyz)(\/ping)?$/.test(path)) return text('ok')
  if (path === '/openapi/v3') return document(openapiIndex())
  if (path.startsWith('/openapi/v3/'))
    return text(openapiDocument(path.slice('/openapi/v3/'.length)), 'application/json')
  if (path === '/') return document({ paths: ['/api', '/apis', '/openapi/v3', '/version', '/healthz'] })
  return null
}

function document(body: object | null, contentType?: string): Answer | null {
  if (body === null) return null
  return { answer: 'document', code: 200, document: body, ...(contentType === undefined ? {} : { contentType }) }
}

function text(body: string | null, contentType = 'text/plain; charset=utf-8'): Answer | null {
  return body === null ? null : { answer: 'text', code: 200, text: body, contentType }
}
