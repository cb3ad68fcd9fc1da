import { digestIn, openSecretFile, ownersOf, secretDigest, type WrongSecretFile, wrongDigest } from '@rollcall/service'

/** Who may tell what happened in a cluster. */
export interface AuditTokens {
  /**
   * Whether the token is one of that cluster. Takes equally long whatever was sent, and whether or not there is such a cluster.
   * @throws ServiceError when the file of the tokens cannot be used any more
   */
  admits(cluster: string | null, sent: string): Promise<boolean>
}

/** Each with its cluster; several of one while a token is being replaced. */
type Tokens = readonly { readonly owner: string; readonly digest: Buffer }[]

const admits = (tokens: Tokens, cluster: string | null, sent: string): boolean =>
  ownersOf(tokens, sent).some(owner => owner === cluster)

/** Tokens known from the start, by cluster. */
export function createAuditTokens(tokens: Readonly<Record<string, string>>): AuditTokens {
  const known = Object.entries(tokens).map(([owner, token]) => ({ owner, digest: secretDigest(token) }))
  return { admits: async (cluster, sent) => admits(known, cluster, sent) }
}

/**
 * Tokens of a file, one a line: `CLUSTER TOKEN`, or `CLUSTER sha256:DIGEST` with the token's SHA-256 in hex; a cluster may have
 * several while one replaces another. With one cluster the token alone will do. It is read again when it has changed, and what was
 * good before is not when it is broken. @throws ServiceError when it cannot be used
 */
export async function openAuditTokensFile(path: string, clusters: readonly string[]): Promise<AuditTokens> {
  const tokens = await openSecretFile({
    path,
    name: '--audit-token-file',
    entry: 'CLUSTER TOKEN, or CLUSTER sha256:DIGEST',
    parse: (lines, wrong) => parseTokens(lines, wrong, clusters),
  })
  return { admits: async (cluster, sent) => admits(await tokens(), cluster, sent) }
}

function parseTokens(
  lines: readonly (readonly string[])[],
  wrong: WrongSecretFile,
  clusters: readonly string[],
): Tokens {
  const tokens = lines.map((words, index) => {
    const [owner, token, ...more] = words.length === 1 && clusters.length === 1 ? [clusters[0], words[0]] : words
    if (owner === undefined || token === undefined || more.length > 0) throw wrong.line(index)
    const digest = digestIn(token)
    if (digest === null) throw wrong.line(index, wrongDigest)
    return { owner, digest }
  })
  const without = clusters.filter(cluster => !tokens.some(({ owner }) => owner === cluster))
  if (without.length > 0) {
    throw wrong.file(`has no token for ${without.join(', ')}: add a line CLUSTER TOKEN for each cluster`)
  }
  return tokens
}
