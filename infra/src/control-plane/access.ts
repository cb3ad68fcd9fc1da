import { StartError } from '@rollcall/local-process'
import type { Api } from './api.ts'

const group = 'rbac.authorization.k8s.io'
const path = `/apis/${group}/v1`

/** What the prepared user `reader` may do: look at everything. Found again after a restart. */
export async function grantReaders(api: Api): Promise<void> {
  const metadata = { name: 'infra:reader' }
  await create(api, `${path}/clusterroles`, {
    metadata,
    rules: [{ apiGroups: ['*'], resources: ['*'], verbs: ['get', 'list', 'watch'] }],
  })
  await create(api, `${path}/clusterrolebindings`, {
    metadata,
    roleRef: { apiGroup: group, kind: 'ClusterRole', name: metadata.name },
    subjects: [{ apiGroup: group, kind: 'Group', name: 'infra:readers' }],
  })
}

async function create(api: Api, where: string, object: unknown): Promise<void> {
  const answer = await api.post(where, object)
  if (answer.status !== 201 && answer.status !== 409) {
    throw new StartError({ code: 'refused', what: `POST ${where} was answered ${answer.status}: ${answer.body}` })
  }
}
