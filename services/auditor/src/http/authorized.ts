import { ownersOf, ServiceError, secretDigest } from '@rollcall/service'
import type { Users } from '../intents/users.ts'
import { ProblemError } from '../problem.ts'
import type { FailedTries, Sender } from './tries.ts'

/** Who asks: whoever bears the auditor's own token may read; a user may also ask for something. */
export type Asker =
  | { readonly kind: 'user'; readonly name: string }
  | { readonly kind: 'reader' }
  /** Everybody may read here. `hasToken`: of a token that is nobody's. */
  | { readonly kind: 'anybody'; readonly hasToken: boolean }

/** How requests are authenticated. */
export type Gate = {
  /** The token of readers; null: everybody may read. */
  readonly token: string | null
  readonly users: Users | null
  readonly tries: FailedTries
}

/**
 * Who bears the token of this request. Takes equally long whatever was sent.
 * @throws ProblemError `unauthorized`, `too-many-tries`, `users-away`
 */
export async function askerOf(gate: Gate, header: string | undefined, sender: Sender): Promise<Asker> {
  const sent = /^bearer +(\S+)$/i.exec(header ?? '')?.[1]
  if (sent !== undefined) {
    gate.tries.expectMore(sender)
    const name = await userOf(gate.users, sent)
    if (name !== null) return { kind: 'user', name }
  }
  if (gate.token === null) return { kind: 'anybody', hasToken: sent !== undefined }
  const readers = [{ owner: 'reader', digest: secretDigest(gate.token) }] as const
  if (sent !== undefined && ownersOf(readers, sent).length > 0) return { kind: 'reader' }
  throw unauthorized(gate, sender, sent !== undefined, 'the token is not that of this auditor')
}

/**
 * The user who asks for something.
 * @throws ProblemError `forbidden`, `unauthorized`, `too-many-tries`, `users-away`
 */
export async function expectUser(gate: Gate, header: string | undefined, sender: Sender): Promise<string> {
  const asker = await askerOf(gate, header, sender)
  if (asker.kind === 'user') return asker.name
  if (gate.users === null) {
    throw new ProblemError('forbidden', 'nothing can be asked for here, only read', 'start the auditor with --users')
  }
  if (asker.kind === 'anybody') throw unauthorized(gate, sender, asker.hasToken, 'the token is that of no user')
  throw new ProblemError('forbidden', 'the token is that of no user', 'send the token of a user of the users file')
}

async function userOf(users: Users | null, sent: string): Promise<string | null> {
  try {
    return (await users?.userOf(sent)) ?? null
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error
    const mend = 'mend the users file: the log of the auditor says what is wrong'
    throw new ProblemError('users-away', 'the users cannot be read now', mend, {}, { cause: error })
  }
}

function unauthorized({ tries }: Gate, sender: Sender, hasToken: boolean, detail: string): ProblemError {
  tries.failed(sender, hasToken)
  return new ProblemError(
    'unauthorized',
    hasToken ? detail : 'the request bears no token',
    'send `Authorization: Bearer <token>` with the token of the auditor',
  )
}
