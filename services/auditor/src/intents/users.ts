import { createHash, timingSafeEqual } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { ServiceError } from '@rollcall/service'

/** Who may ask for something: a user for each bearer token. */
export interface Users {
  /** null: the token is nobody's. Takes equally long whatever was sent. */
  userOf(token: string): Promise<string | null>
}

type User = { readonly name: string; readonly digest: Buffer }

const digestOf = (token: string): Buffer => createHash('sha256').update(token).digest()

function find(users: readonly User[], token: string): string | null {
  const sent = digestOf(token)
  let found: string | null = null
  for (const { name, digest } of users) if (timingSafeEqual(sent, digest)) found = name
  return found
}

/** Users known from the start: names by token. */
export function createUsers(tokens: Readonly<Record<string, string>>): Users {
  const users = Object.entries(tokens).map(([token, name]) => ({ name, digest: digestOf(token) }))
  return { userOf: async token => find(users, token) }
}

/**
 * Users of a file, one a line: `NAME TOKEN`, or `NAME sha256:DIGEST` with the token's SHA-256 in hex, so that the file holds no
 * secret; `#` begins a comment. It is read again when it has changed. @throws ServiceError when it cannot be used
 */
export async function openUsersFile(path: string): Promise<Users> {
  let read = { changed: Number.NaN, users: [] as readonly User[] }
  const refresh = async (): Promise<readonly User[]> => {
    const { mtimeMs, mode } = await stat(path).catch(error => {
      throw unusable(path, `cannot be read: ${(error as Error).message}`, { cause: error })
    })
    if (mtimeMs !== read.changed) {
      if ((mode & 0o007) !== 0) throw unusable(path, 'may be read by every user of this machine: chmod 600')
      read = { changed: mtimeMs, users: parseUsers(path, await readFile(path, 'utf8')) }
    }
    return read.users
  }
  await refresh()
  return { userOf: async token => find(await refresh(), token) }
}

const unusable = (path: string, why: string, options?: ErrorOptions): ServiceError =>
  new ServiceError('bad-configuration', `the users file ${path} ${why}`, options)

const namePattern = /^[^\s:]{1,128}$/

function parseUsers(path: string, text: string): User[] {
  const users: User[] = []
  for (const [index, line] of text.split('\n').entries()) {
    const [name, token, ...more] = line.replace(/#.*/, '').trim().split(/\s+/)
    if (name === undefined || name === '') continue
    if (token === undefined || more.length > 0 || !namePattern.test(name)) {
      throw unusable(path, `is wrong in line ${index + 1}: write NAME TOKEN, or NAME sha256:DIGEST`)
    }
    const hex = /^sha256:([0-9a-f]{64})$/i.exec(token)?.[1]
    if (hex === undefined && token.startsWith('sha256:')) {
      throw unusable(path, `is wrong in line ${index + 1}: a SHA-256 has 64 hex digits`)
    }
    users.push({ name, digest: hex === undefined ? digestOf(token) : Buffer.from(hex, 'hex') })
  }
  return users
}
