import { StoreError } from '../store.ts'

/** Which database is meant, in words that may be shown: without the password. */
export type Target = { readonly server: string; readonly database: string; readonly user: string }

const example = 'postgres://rollcall:password@127.0.0.1:5432/rollcall'

/** Reads a database URL. The URL itself never appears in a message: it may hold a password. @throws StoreError */
export function parseTarget(url: string): Target {
  let parsed: URL
  try {
    parsed = new URL(url)
  } catch {
    throw new StoreError('bad-url', `the database URL cannot be read: write it like ${example}`)
  }
  if (parsed.protocol !== 'postgres:' && parsed.protocol !== 'postgresql:') {
    throw new StoreError(
      'bad-url',
      `the database URL begins with ${parsed.protocol}//, not postgres://: write it like ${example}`,
    )
  }
  const socket = parsed.searchParams.get('host')
  if (parsed.hostname === '' && socket === null) {
    throw new StoreError('bad-url', `the database URL names no host: write it like ${example}`)
  }
  const database = decode(parsed.pathname.slice(1))
  if (database === '') {
    throw new StoreError('bad-url', `the database URL names no database: write it like ${example}`)
  }
  const server = socket ?? `${parsed.hostname}:${parsed.port === '' ? '5432' : parsed.port}`
  return { server, database, user: decode(parsed.username) || '(user of the process)' }
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    throw new StoreError(
      'bad-url',
      'the database URL holds a % that begins no escape: write special characters of the password as %XX',
    )
  }
}
