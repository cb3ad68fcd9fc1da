import {
  type LabelSelector,
  type Rate,
  type Requirement,
  rateWords,
  readRate,
  readResourceOverrides,
} from '@rollcall/contracts'
import { automaticKeys } from '../eligibility.ts'
import type { Override } from '../overrides.ts'
import { isLabelKey, isLabelValue } from '../selectors.ts'

/** How the text of an annotation is read. */
export type Form<T> = {
  /** What it wants, to follow "must be". */
  readonly words: string
  /** undefined: nonsense. */
  readonly read: (text: string) => T | undefined
}

const isOneOf = <T extends string>(values: readonly T[], text: string): text is T =>
  (values as readonly string[]).includes(text)

export function choice<const T extends string>(...values: readonly T[]): Form<T> {
  return {
    words: values.map(value => `\`${value}\``).join(' or '),
    read: text => (isOneOf(values, text) ? text : undefined),
  }
}

export const flag: Form<boolean> = {
  words: '`true` or `false`',
  read: text => (text === 'true' ? true : text === 'false' ? false : undefined),
}

/** Some of these words, separated by commas; as they stand in the list. */
export function someOf<const T extends string>(...values: readonly T[]): Form<readonly T[]> {
  return {
    words: `one or more of ${values.map(value => `\`${value}\``).join(', ')}, separated by commas`,
    read: text => {
      const parts = text.split(',').map(part => part.trim())
      return parts.every(part => isOneOf(values, part)) ? values.filter(value => parts.includes(value)) : undefined
    },
  }
}

/** Automatic tolerations, by the last part of their keys; the keys are what comes out. */
export const tolerations: Form<readonly string[]> = (() => {
  const names = automaticKeys.map(key => key.slice(key.indexOf('/') + 1))
  const some = someOf('all', ...names)
  return {
    words: some.words,
    read: text => {
      const wanted = some.read(text)
      return wanted && automaticKeys.filter((_, index) => wanted.includes('all') || wanted.includes(names[index] ?? ''))
    },
  }
})()

/** Each with the nodes it is for; the first that fits a node counts. */
export const resourceOverrides: Form<readonly Override[]> = {
  words:
    'JSON: a list of `{"name": …, "nodes": <node selector>, "containers": {<container>: {"requests": {…}, "limits": {…}}}}`, each with a name of its own',
  read: text => {
    const read: Override[] = []
    for (const { name, digest, nodes } of readResourceOverrides(text) ?? []) {
      const selected = selector.read(nodes)
      if (!selected) return undefined
      read.push({ name, digest, nodes: selected })
    }
    return read.length > 0 ? read : undefined
  },
}

/** A whole number, at least `min`. */
export function wholeNumber(min: number): Form<number> {
  return {
    words: `a whole number, at least ${min}`,
    read: text => {
      const value = /^[0-9]{1,9}$/.test(text) ? Number(text) : Number.NaN
      return value >= min ? value : undefined
    },
  }
}

/** A number of nodes, or a percentage of the nodes that should run the pod, rounded up. */
export const share: Form<number | string> = {
  words: 'a number of nodes, such as `3`, or a percentage of those that should run the pod, such as `5%`',
  read: text => {
    if (/^[0-9]{1,9}$/.test(text)) return Number(text)
    return /^(?:100|[0-9]{1,2})%$/.test(text) ? text : undefined
  },
}

const unitMs: { readonly [unit: string]: number } = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** Milliseconds: `90s`, `5m`, `1h30m`. */
export const duration: Form<number> = {
  words: 'a time such as `90s`, `5m` or `1h30m`',
  read: text => {
    if (!/^(?:[0-9]{1,9}(?:ms|[smhd]))+$/.test(text)) return undefined
    const parts = text.matchAll(/([0-9]+)(ms|[smhd])/g)
    return [...parts].reduce((sum, [, count, unit]) => sum + Number(count) * (unitMs[unit ?? ''] ?? 0), 0)
  },
}

export const labelKey: Form<string> = {
  words: 'the key of a node label, such as `topology.kubernetes.io/zone`',
  read: text => (isLabelKey(text) ? text : undefined),
}

/** What `kubectl get -l` takes. */
export const selector: Form<LabelSelector> = {
  words: 'a selector of nodes as `kubectl get nodes -l` takes it, such as `pool=canary` or `zone in (a, b),!gpu`',
  read: text => {
    const parts = splitTerms(text).map(requirementOf)
    if (parts.length === 0 || parts.some(part => part === undefined)) return undefined
    return { matchLabels: {}, matchExpressions: parts as Requirement[] }
  },
}

/** At the commas that do not stand in parentheses. */
const splitTerms = (text: string): string[] => (text.trim() === '' ? [] : text.split(/,(?![^(]*\))/))

function requirementOf(term: string): Requirement | undefined {
  const equal = /^\s*([^\s!=(),]+)\s*(==?|!=)\s*([^\s!=(),]*)\s*$/.exec(term)
  if (equal) return checked(equal[1], equal[2] === '!=' ? 'NotIn' : 'In', [equal[3] ?? ''])
  const among = /^\s*([^\s!=(),]+)\s+(in|notin)\s*\(([^()]*)\)\s*$/.exec(term)
  if (among) {
    const values = (among[3] ?? '').split(',').map(value => value.trim())
    return checked(among[1], among[2] === 'in' ? 'In' : 'NotIn', values)
  }
  const exists = /^\s*(!?)\s*([^\s!=(),]+)\s*$/.exec(term)
  return exists ? checked(exists[2], exists[1] === '!' ? 'DoesNotExist' : 'Exists', []) : undefined
}

function checked(key: string | undefined, operator: string, values: string[]): Requirement | undefined {
  return key !== undefined && isLabelKey(key) && values.every(isLabelValue) ? { key, operator, values } : undefined
}

export const rate: Form<Rate> = { words: rateWords, read: readRate }
