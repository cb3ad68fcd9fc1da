import type { Answer, Api, Call, User } from '../call.ts'
import type { Review } from '../resources.ts'
import { readBody } from './body.ts'
import { fieldValidationOf } from './options.ts'

type Asked = {
  readonly resourceAttributes?: { readonly verb?: string }
  readonly nonResourceAttributes?: { readonly verb?: string }
}

/** `kubectl auth can-i` and `kubectl auth whoami`. */
export function review({ group, kind }: Review, api: Api, call: Call): Answer {
  const schema = `io.k8s.api.${group === 'authorization.k8s.io' ? 'authorization' : 'authentication'}.v1.${kind}`
  const { draft } = readBody(call, { group, kind, schema }, fieldValidationOf(call.query, 'CreateOptions'))
  if (kind === 'SelfSubjectAccessReview') {
    return created({ ...draft, status: accessOf(call.user, draft.spec as Asked) })
  }
  const metadata = { ...draft.metadata, creationTimestamp: `${new Date(api.clock.now()).toISOString().slice(0, 19)}Z` }
  const { name, uid, groups } = call.user
  return created({ ...draft, metadata, status: { userInfo: { username: name, uid, groups } } })
}

function created(document: object): Answer {
  return { answer: 'document', code: 201, document }
}

function accessOf(user: User, { resourceAttributes, nonResourceAttributes }: Asked) {
  const verb = resourceAttributes?.verb ?? nonResourceAttributes?.verb ?? ''
  return { allowed: isAllowed(user, verb) }
}

/** There are two kinds of users: who may do everything, and who may read everything. */
export function isAllowed(user: User, verb: string): boolean {
  return !user.isReadOnly || verb === 'get' || verb === 'list' || verb === 'watch'
}
