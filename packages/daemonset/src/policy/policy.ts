import { nearNames } from '@rollcall/contracts'
import { type Annotation, prefix } from './annotation.ts'
import { type Asked, annotations, keys } from './annotations.ts'

/** An annotation that could not be followed. */
export type Nonsense = {
  /** With the prefix. */
  readonly name: string
  /** What is wrong, and what holds instead: a whole sentence without a full stop. Equal nonsense has equal words. */
  readonly message: string
  /** It would have limited a rollout: nothing is replaced until it is mended. */
  readonly holdsRollout: boolean
}

/** What a DaemonSet asks for, read once per change of its annotations. */
export type Policy = Asked & {
  /** Anything under `rollcall.dev/` stands on the DaemonSet, sense or nonsense. */
  readonly asksAnything: boolean
  /** By name. */
  readonly nonsense: readonly Nonsense[]
  /** Some nonsense does. */
  readonly holdsRollout: boolean
}

const absent = Object.fromEntries(keys.map(key => [key, annotations[key].absent])) as Asked

/** That of a DaemonSet without annotations: the built-in controller's behaviour. */
export const noPolicy: Policy = { ...absent, asksAnything: false, nonsense: [], holdsRollout: false }

const keyOfName = new Map(keys.map(key => [`${prefix}${annotations[key].name}`, key]))

/** Reads the annotations under `rollcall.dev/`; others are none of ours. */
export function policyOf(given: { readonly [name: string]: string }): Policy {
  const names = Object.keys(given)
    .filter(name => name.startsWith(prefix))
    .sort()
  if (names.length === 0) return noPolicy
  const asked: Record<string, unknown> = { ...absent }
  const nonsense: Nonsense[] = []
  for (const name of names) {
    const key = keyOfName.get(name)
    if (key === undefined) {
      nonsense.push({ name, message: unknownWords(name), holdsRollout: false })
      continue
    }
    const declared: Annotation<unknown> = annotations[key]
    const value = declared.form.read(given[name] ?? '')
    if (value !== undefined) {
      asked[key] = value
      continue
    }
    const message = unreadableWords(name, given[name] ?? '', declared)
    nonsense.push({ name, message, holdsRollout: declared.nonsense === 'holdsRollout' })
  }
  return {
    ...(asked as Asked),
    asksAnything: true,
    nonsense,
    holdsRollout: nonsense.some(({ holdsRollout }) => holdsRollout),
  }
}

function unknownWords(name: string): string {
  const [near] = nearNames(
    name.slice(prefix.length),
    [...keyOfName.keys()].map(known => known.slice(prefix.length)),
    1,
  )
  const meant = near === undefined ? 'see docs/annotations.md for those there are' : `did you mean ${prefix}${near}?`
  return `There is no annotation ${shortened(name)}, so it does nothing; ${meant}`
}

function unreadableWords(name: string, value: string, { form, nonsense }: Annotation<unknown>): string {
  const instead =
    nonsense === 'holdsRollout'
      ? 'until it is mended, it counts as absent and no pod is replaced by a rollout'
      : 'until it is mended, it counts as absent'
  return `Annotation ${name} is "${shortened(value)}", but must be ${form.words.replaceAll('`', '')}; ${instead}`
}

const shownMax = 80

const shortened = (text: string): string => (text.length > shownMax ? `${text.slice(0, shownMax)}…` : text)
