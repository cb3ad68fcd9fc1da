import { createHash, timingSafeEqual } from 'node:crypto'
import type { Users } from '../intents/users.ts'
import { ProblemError } from '../problem.ts'

/** Who asks: whoever bears the auditor's own token may read; a user may also ask for something. */
export type Asker = { readonly kind: 'reader' } | { readonly kind: 'user'; readonly name: string }

/**
 * Who bears the token of this request. `token`: that of readers; null: everybody may read. Takes equally long whatever was
 * sent. @throws ProblemError `unauthorized`
 */
export async function askerOf(token: string | null, users: Users | null, header: string | undefined): Promise<Asker> {
  const sent = /^bearer +(\S+)$/i.exec(header ?? '')?.[1]
  const name = sent === undefined || users === null ? null : await users.userOf(sent)
  if (name !== null) return { kind: 'user', name }
  if (token === null || (sent !== undefined && timingSafeEqual(digest(sent), digest(token)))) return { kind: 'reader' }
  throw unauthorized(sent === undefined ? 'the request bears no token' : 'the token is not that of this auditor')
}

/** The user who asks for something. @throws ProblemError `forbidden`, `unauthorized` */
export function expectUser(asker: Asker, users: Users | null, header: string | undefined): string {
  if (asker.kind === 'user') return asker.name
  if (users === null) {
    throw new ProblemError('forbidden', 'nothing can be asked for here, only read', 'start the auditor with --users')
  }
  if (header === undefined) throw unauthorized('what is asked for needs a name, and the request bears no token')
  throw new ProblemError('forbidden', 'the token is that of no user', 'send the token of a user of the users file')
}

function unauthorized(detail: string): ProblemError {
  return new ProblemError('unauthorized', detail, 'send `Authorization: Bearer <token>` with the token of the auditor')
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
