import { digestIn, openSecretFile, ownersOf, secretDigest, type WrongSecretFile, wrongDigest } from '@rollcall/service'

/** Who may ask for something: a user for each bearer token. */
export interface Users {
  /**
   * null: the token is nobody's. Takes equally long whatever was sent.
   * @throws ServiceError when the file of the users cannot be used any more
   */
  userOf(token: string): Promise<string | null>
}

type User = { readonly owner: string; readonly digest: Buffer }

const find = (users: readonly User[], token: string): string | null => ownersOf(users, token).at(-1) ?? null

/** Users known from the start: names by token. */
export function createUsers(tokens: Readonly<Record<string, string>>): Users {
  const users = Object.entries(tokens).map(([token, owner]) => ({ owner, digest: secretDigest(token) }))
  return { userOf: async token => find(users, token) }
}

/**
 * Users of a file, one a line: `NAME TOKEN`, or `NAME sha256:DIGEST` with the token's SHA-256 in hex, so that the file holds no
 * secret; `#` begins a comment. It is read again when it has changed, and what was good before is not when it is broken.
 * @throws ServiceError when it cannot be used
 */
export async function openUsersFile(path: string): Promise<Users> {
  const users = await openSecretFile({
    path,
    name: 'the users file',
    entry: 'NAME TOKEN, or NAME sha256:DIGEST',
    parse: parseUsers,
  })
  return { userOf: async token => find(await users(), token) }
}

const namePattern = /^[^\s:]{1,128}$/

function parseUsers(lines: readonly (readonly string[])[], wrong: WrongSecretFile): User[] {
  return lines.map(([owner, token, ...more], index) => {
    if (owner === undefined || token === undefined || more.length > 0 || !namePattern.test(owner)) {
      throw wrong.line(index)
    }
    const digest = digestIn(token)
    if (digest === null) throw wrong.line(index, wrongDigest)
    return { owner, digest }
  })
}
