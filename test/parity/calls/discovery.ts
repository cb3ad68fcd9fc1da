import { type Call, get } from '../call.ts'

const aggregated = { accept: 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList' }

/** What a client asks first. The simulator serves less, and says no more than it serves. */
export const discoveryCalls: readonly Call[] = [
  get('the core versions', '/api', { compare: 'told' }),
  get('the groups', '/apis', { compare: 'told' }),
  get('the group apps', '/apis/apps'),
  get('the group coordination.k8s.io', '/apis/coordination.k8s.io', { compare: 'told' }),
  get('the group authorization.k8s.io', '/apis/authorization.k8s.io'),
  get('resources of the core group', '/api/v1', { compare: 'told' }),
  get('resources of apps', '/apis/apps/v1', { compare: 'told' }),
  get('resources of coordination.k8s.io', '/apis/coordination.k8s.io/v1', { compare: 'told' }),
  get('resources of authorization.k8s.io', '/apis/authorization.k8s.io/v1', { compare: 'told' }),
  get('resources of authentication.k8s.io', '/apis/authentication.k8s.io/v1', { compare: 'told' }),
  get('aggregated discovery of the core group', '/api', { headers: aggregated, compare: 'told' }),
  get('aggregated discovery of the groups', '/apis', { headers: aggregated, compare: 'told' }),
  get('a group that is not there', '/apis/nothing.example.com'),
  get('a version that is not there', '/apis/apps/v9'),
  get('the version', '/version'),
  get('health', '/healthz'),
  get('liveness', '/livez'),
  get('readiness', '/readyz'),
  get('where the OpenAPI documents lie', '/openapi/v3', { compare: 'code' }),
  get('the OpenAPI document of apps', '/openapi/v3/apis/apps/v1', { compare: 'code' }),
]
