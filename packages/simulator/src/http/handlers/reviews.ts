import type { KubeObject } from '../../objects/object-store.ts'
import type { Answer, Call, User } from '../call.ts'
import type { Review } from '../resources.ts'
import { readBody } from './body.ts'
import { fieldValidationOf } from './options.ts'

type Asked = {
  readonly resourceAttributes?: { readonly verb?: string }
  readonly nonResourceAttributes?: { readonly verb?: string }
}

/** `kubectl auth can-i` and `kubectl auth whoami`. */
export function review({ group, kind }: Review, call: Call): Answer {
  const schema = `io.k8s.api.${group === 'authorization.k8s.io' ? 'authorization' : 'authentication'}.v1.${kind}`
  const { draft } = readBody(call, { group, kind, schema }, fieldValidationOf(call.query, 'CreateOptions'))
  const status =
    kind === 'SelfSubjectReview'
      ? { userInfo: { username: call.user.name, groups: call.user.groups } }
      : accessOf(call.user, draft.spec as Asked)
  return { answer: 'document', code: 201, document: { ...(draft as unknown as KubeObject), status } }
}

function accessOf(user: User, { resourceAttributes, nonResourceAttributes }: Asked) {
  const verb = resourceAttributes?.verb ?? nonResourceAttributes?.verb ?? ''
  return { allowed: isAllowed(user, verb) }
}

/** There are two kinds of users: who may do everything, and who may read everything. */
export function isAllowed(user: User, verb: string): boolean {
  return !user.isReadOnly || verb === 'get' || verb === 'list' || verb === 'watch'
}
