import { timingSafeEqual } from 'node:crypto'
import { ApiStatusError } from '../objects/object-store.ts'
import type { User } from './call.ts'
import { isAllowed } from './handlers/reviews.ts'
import { qualifiedName, type Verb } from './resources.ts'
import type { ResourceTarget } from './route.ts'
import { unauthorized } from './status.ts'

export type Tokens = { readonly admin: string; readonly view: string }

const admin: User = {
  name: 'admin',
  uid: 'simulated-admin',
  groups: ['system:masters', 'system:authenticated'],
  isReadOnly: false,
}
const view: User = {
  name: 'view',
  uid: 'simulated-view',
  groups: ['rollcall:view', 'system:authenticated'],
  isReadOnly: true,
}

/** @throws ApiStatusError 401 */
export function authenticate(authorization: string | undefined, tokens: Tokens): User {
  const token = /^bearer (\S+)$/i.exec(authorization ?? '')?.[1] ?? ''
  if (isSame(token, tokens.admin)) return admin
  if (isSame(token, tokens.view)) return view
  throw unauthorized()
}

function isSame(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)]
  return a.length === b.length && timingSafeEqual(a, b)
}

/** @throws ApiStatusError 403 in RBAC's words */
export function authorize(user: User, verb: Verb, target: ResourceTarget): void {
  if (isAllowed(user, verb)) return
  const { resource } = target
  const name = target.at === 'object' ? target.name : ''
  const below = target.at === 'object' && target.subresource !== null ? `/${target.subresource.name}` : ''
  const namespace = target.at === 'object' ? target.namespace || null : target.namespace
  const where = namespace === null ? 'at the cluster scope' : `in the namespace ${JSON.stringify(namespace)}`
  const named = name === '' ? '' : ` ${JSON.stringify(name)}`
  const words = `User ${JSON.stringify(user.name)} cannot ${verb} resource ${JSON.stringify(resource.plural + below)} in API group ${JSON.stringify(resource.group)} ${where}`
  throw new ApiStatusError(403, 'Forbidden', `${qualifiedName(resource)}${named} is forbidden: ${words}`, {
    ...(name === '' ? {} : { name }),
    ...(resource.group === '' ? {} : { group: resource.group }),
    kind: resource.plural,
  })
}
