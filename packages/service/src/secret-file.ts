import { createHash, timingSafeEqual } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { ServiceError } from './errors.ts'

/** What is kept of a secret: its SHA-256. */
export const secretDigest = (secret: string): Buffer => createHash('sha256').update(secret).digest()

/** Whose secret was sent: looks at all, so it takes equally long whatever that was. */
export function ownersOf<Owner>(
  known: readonly { readonly owner: Owner; readonly digest: Buffer }[],
  sent: string,
): readonly Owner[] {
  const digest = secretDigest(sent)
  return known.filter(each => timingSafeEqual(digest, each.digest)).map(({ owner }) => owner)
}

export type SecretFileOptions<T> = {
  readonly path: string
  /** What errors call it: `the users file`. */
  readonly name: string
  /** What a line is: `NAME TOKEN`. */
  readonly entry: string
  /** What the file means, by its lines: words, without comments and empty lines. */
  readonly parse: (lines: readonly (readonly string[])[], wrong: WrongSecretFile) => T
}

/** Errors that name the file. */
export type WrongSecretFile = {
  /** `index` of the line among those that were given. */
  line(index: number, why?: string): ServiceError
  file(why: string): ServiceError
}

/**
 * A file of secrets, one a line; `#` begins a comment. It is read again when it has changed, and what was good before is not when
 * it is broken. @returns what it means now, each time it is asked. @throws ServiceError when it cannot be used, now or then
 */
export async function openSecretFile<T>(options: SecretFileOptions<T>): Promise<() => Promise<T>> {
  const { path, name, entry, parse } = options
  const unusable = (why: string, cause?: unknown) =>
    new ServiceError('bad-configuration', `${name} ${path} ${why}`, cause === undefined ? undefined : { cause })
  const unreadable = (error: Error) => {
    throw unusable(`cannot be read: ${error.message}`, error)
  }
  let read: { readonly changed: string; readonly meaning: T } | null = null

  const refresh = async (): Promise<T> => {
    const { mtimeMs, ino, size, mode } = await stat(path).catch(unreadable)
    // A secret's volume puts another file under the name; an editor may keep the time.
    const changed = `${mtimeMs} ${ino} ${size} ${mode}`
    if (read?.changed === changed) return read.meaning
    if ((mode & 0o007) !== 0) throw unusable('may be read by every user of this machine: chmod 600')
    const lines = linesOf(await readFile(path, 'utf8').catch(unreadable))
    const meaning = parse(
      lines.map(({ words }) => words),
      {
        line: (index, why = `write ${entry}`) => unusable(`is wrong in line ${lines[index]?.number}: ${why}`),
        file: unusable,
      },
    )
    read = { changed, meaning }
    return meaning
  }
  await refresh()
  return refresh
}

/** The digest that a line gives: `sha256:HEX`, so that the file holds no secret, or that of the secret itself. null: the hex is wrong. */
export function digestIn(word: string): Buffer | null {
  if (!word.startsWith('sha256:')) return secretDigest(word)
  const hex = /^sha256:([0-9a-f]{64})$/i.exec(word)?.[1]
  return hex === undefined ? null : Buffer.from(hex, 'hex')
}

/** For `wrong.line`. */
export const wrongDigest = 'a SHA-256 has 64 hex digits'

function linesOf(text: string): { readonly number: number; readonly words: readonly string[] }[] {
  return text
    .split('\n')
    .map((line, index) => ({
      number: index + 1,
      words: line
        .replace(/(^|\s)#.*/, '')
        .trim()
        .split(/\s+/),
    }))
    .filter(({ words }) => words[0] !== '')
}
