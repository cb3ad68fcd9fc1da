import { createHash, timingSafeEqual } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { ServiceError } from '@rollcall/service'

/** Who may tell what happened in a cluster. */
export interface AuditTokens {
  /**
   * Whether the token is one of that cluster. Takes equally long whatever was sent, and whether or not there is such a cluster.
   * @throws ServiceError when the file of the tokens cannot be used any more
   */
  admits(cluster: string | null, sent: string): Promise<boolean>
}

/** Digests by cluster; several while a token is being replaced. */
type Digests = ReadonlyMap<string, readonly Buffer[]>

const digestOf = (text: string): Buffer => createHash('sha256').update(text).digest()

function admits(digests: Digests, cluster: string | null, sent: string): boolean {
  const digest = digestOf(sent)
  let isAdmitted = false
  for (const [name, allowed] of digests) {
    for (const each of allowed) if (timingSafeEqual(digest, each) && name === cluster) isAdmitted = true
  }
  return isAdmitted
}

/** Tokens known from the start, by cluster. */
export function createAuditTokens(tokens: Readonly<Record<string, string>>): AuditTokens {
  const digests = new Map(Object.entries(tokens).map(([cluster, token]) => [cluster, [digestOf(token)]]))
  return { admits: async (cluster, sent) => admits(digests, cluster, sent) }
}

/**
 * Tokens of a file, one a line: `CLUSTER TOKEN`, or `CLUSTER sha256:DIGEST` with the token's SHA-256 in hex; a cluster may have
 * several while one replaces another. With one cluster the token alone will do. It is read again when it has changed, and what was
 * good before is not when it is broken. @throws ServiceError when it cannot be used
 */
export async function openAuditTokensFile(path: string, clusters: readonly string[]): Promise<AuditTokens> {
  let read = { changed: '', digests: new Map() as Digests }
  const refresh = async (): Promise<Digests> => {
    const { mtimeMs, ino, size, mode } = await stat(path).catch((error: Error) => {
      throw unusable(path, `cannot be read: ${error.message}`)
    })
    const changed = `${mtimeMs} ${ino} ${size}`
    if (changed !== read.changed) {
      if ((mode & 0o007) !== 0) throw unusable(path, 'may be read by every user of this machine: chmod 600')
      const text = await readFile(path, 'utf8').catch((error: Error) => {
        throw unusable(path, `cannot be read: ${error.message}`)
      })
      read = { changed, digests: parseTokens(path, text, clusters) }
    }
    return read.digests
  }
  await refresh()
  return { admits: async (cluster, sent) => admits(await refresh(), cluster, sent) }
}

const unusable = (path: string, why: string): ServiceError =>
  new ServiceError('bad-configuration', `--audit-token-file ${path} ${why}`)

function parseTokens(path: string, text: string, clusters: readonly string[]): Digests {
  const digests = new Map<string, Buffer[]>()
  for (const [index, line] of text.split('\n').entries()) {
    const words = line
      .replace(/(^|\s)#.*/, '')
      .trim()
      .split(/\s+/)
    if (words[0] === '') continue
    const [cluster, token] = words.length === 1 && clusters.length === 1 ? [clusters[0], words[0]] : words
    if (cluster === undefined || token === undefined || words.length > 2) {
      throw unusable(path, `is wrong in line ${index + 1}: write CLUSTER TOKEN, or CLUSTER sha256:DIGEST`)
    }
    const hex = /^sha256:([0-9a-f]{64})$/i.exec(token)?.[1]
    if (hex === undefined && token.startsWith('sha256:')) {
      throw unusable(path, `is wrong in line ${index + 1}: a SHA-256 has 64 hex digits`)
    }
    const digest = hex === undefined ? digestOf(token) : Buffer.from(hex, 'hex')
    digests.set(cluster, [...(digests.get(cluster) ?? []), digest])
  }
  const without = clusters.filter(cluster => !digests.has(cluster))
  if (without.length > 0) {
    throw unusable(path, `has no token for ${without.join(', ')}: add a line CLUSTER TOKEN for each cluster`)
  }
  return digests
}
