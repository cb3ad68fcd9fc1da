import { DrizzleQueryError } from 'drizzle-orm'
import { BrokenInvariantError, StaleOwnerError, StoreError } from '../store.ts'
import type { Target } from './target.ts'

/** What the client library or the system says when a connection cannot be made or has ended. */
const connectionCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EHOSTDOWN',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ENOENT',
])
const connectionWords =
  /connection terminated|connection error and is not queryable|client was closed|timeout exceeded when trying to connect|timeout expired|query read timeout|connection ended/i

type Failure = Error & { readonly code?: unknown; readonly severity?: unknown; readonly detail?: unknown }

/** Turns what `pg` throws into a sentence with the mend. Errors that are no operating errors come back unchanged. */
export function storeErrorFrom(thrown: unknown, target: Target): unknown {
  if (thrown instanceof StoreError || thrown instanceof StaleOwnerError || thrown instanceof BrokenInvariantError) {
    return thrown
  }
  if (!(thrown instanceof Error)) return thrown
  // Its message repeats the statement and its parameters; what matters is within.
  if (thrown instanceof DrizzleQueryError && thrown.cause) return storeErrorFrom(thrown.cause, target)
  const failure = thrown as Failure
  const code = typeof failure.code === 'string' ? failure.code : ''
  if (connectionCodes.has(code) || connectionWords.test(failure.message)) return unreachable(failure, code, target)
  if (/SASL|password must be a string/.test(failure.message)) {
    return new StoreError(
      'access-denied',
      `${target.server} asks for a password for user ${target.user}: add it to the database URL`,
      { cause: withoutMessage(failure) },
    )
  }
  if (/does not support SSL/i.test(failure.message)) {
    return new StoreError('bad-url', `${target.server} does not speak TLS: take sslmode out of the database URL`)
  }
  if (/^[0-9A-Z]{5}$/.test(code) && failure.severity !== undefined) return fromServer(failure, code, target)
  return thrown
}

function unreachable(failure: Failure, code: string, { server }: Target): StoreError {
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return new StoreError('unreachable', `no address is known for ${server}: is the host of the database URL right?`, {
      cause: failure,
    })
  }
  const how = code === '' ? failure.message : code
  return new StoreError('unreachable', `Postgres at ${server} does not answer (${how}): is it up, and the URL right?`, {
    cause: failure,
  })
}

/** By SQLSTATE, appendix A of the Postgres manual. */
function fromServer(failure: Failure, code: string, { server, database, user }: Target): StoreError {
  const error = (as: StoreError['code'], message: string) => new StoreError(as, message, { cause: failure })
  const words = failure.message
  switch (code) {
    case '28P01':
      return error('access-denied', `${server} refuses the password of user ${user}: correct it in the database URL`)
    case '28000':
      return error('access-denied', `${server} does not let user ${user} in (${words}): check the user and pg_hba.conf`)
    case '3D000':
      return error('bad-url', `${server} has no database ${database}: create it, or correct the name in the URL`)
    case '42501': {
      const [, role] = /permission denied to set role "?([\w-]+)"?/.exec(words) ?? []
      if (role === undefined)
        return error('access-denied', `user ${user} lacks a right in database ${database} (${words}): grant it`)
      return error(
        'access-denied',
        `user ${user} is no member of role ${role}: \`grant ${role} to "${user}"\` as administrator`,
      )
    }
    case '22023':
      // A role at the start of a session is a setting like any other: the server names it in its words only.
      if (/role "?[\w-]+"? does not exist|invalid value for parameter "role"/.test(words)) {
        return error(
          'schema-missing',
          `database ${database} lacks the Rollcall schema or its roles (${words}): ${migrateWith}`,
        )
      }
      break
    case '42P01':
    case '42703':
    case '3F000':
      return error('schema-missing', `database ${database} lacks a part of the schema (${words}): ${migrateWith}`)
    case '25006':
      return error('unreachable', `${server} is a read-only standby now: point the URL at the primary, or wait for it`)
    case '57014':
      return error('unreachable', `${server} took too long over a statement (${words}): is it overloaded or locked?`)
  }
  // Connection exceptions, transaction rollback (deadlock), lack of resources, operator intervention, system errors.
  if (/^(08|40|53|57|58)/.test(code)) {
    return error('unreachable', `Postgres at ${server} cannot work now (${code}: ${words}): trying again may help`)
  }
  return error('failed', `Postgres at ${server} refused (${code}: ${words})`)
}

export const migrateWith = 'run `npx -y pnpm@12 migrate --database-url …`'

/** SASL failures may quote what was sent. */
function withoutMessage(failure: Failure): Error {
  return new Error(`${failure.name} while authenticating`)
}
