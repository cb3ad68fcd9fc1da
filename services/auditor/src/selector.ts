import type { Requirement } from '@rollcall/contracts'
import { ProblemError } from './problem.ts'

/**
 * Reads a label selector as the Kubernetes API does (apimachinery `labels.Parse`, without `Gt` and `Lt`): requirements
 * separated by commas, all of which must hold: `key`, `!key`, `key=value`, `key==value`, `key!=value`, `key in (a,b)`,
 * `key notin (a,b)`. @throws ProblemError `bad-selector`
 */
export function parseSelector(text: string, parameter = 'labelSelector'): Requirement[] {
  return partsOf(text).map(part => requirementOf(part, { text, parameter }))
}

type Written = { readonly text: string; readonly parameter: string }

/** Cuts at the commas outside of parentheses. */
function partsOf(text: string): string[] {
  const parts: string[] = []
  let part = ''
  let isInside = false
  for (const letter of text) {
    if (letter === '(') isInside = true
    else if (letter === ')') isInside = false
    if (letter === ',' && !isInside) {
      parts.push(part.trim())
      part = ''
    } else {
      part += letter
    }
  }
  return [...parts, part.trim()]
}

const keyPattern = /^(?:[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?\/)?[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/
const valuePattern = /^(?:[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?$/

function requirementOf(part: string, written: Written): Requirement {
  const set = /^(\S+)\s+(in|notin)\s*\(([^()]*)\)$/.exec(part)
  if (set) {
    const values = (set[3] ?? '').split(',').map(value => value.trim())
    return checked(set[1] ?? '', set[2] === 'in' ? 'In' : 'NotIn', values, part, written)
  }
  const equality = /^([^\s=!]+)\s*(==|=|!=)\s*(\S*)$/.exec(part)
  if (equality) {
    return checked(equality[1] ?? '', equality[2] === '!=' ? 'NotIn' : 'In', [equality[3] ?? ''], part, written)
  }
  if (part.startsWith('!')) return checked(part.slice(1).trim(), 'DoesNotExist', [], part, written)
  return checked(part, 'Exists', [], part, written)
}

function checked(key: string, operator: string, values: string[], part: string, written: Written): Requirement {
  if (!keyPattern.test(key)) throw wrong(written, `${JSON.stringify(part)} does not begin with a label key`)
  const bad = values.find(value => !valuePattern.test(value))
  if (bad !== undefined) throw wrong(written, `${JSON.stringify(bad)} in ${JSON.stringify(part)} is no label value`)
  return { key, operator, values }
}

function wrong({ text, parameter }: Written, why: string): ProblemError {
  return new ProblemError(
    'bad-selector',
    `the label selector ${JSON.stringify(text)} cannot be read: ${why}`,
    'write it as for kubectl, for example disk=ssd,zone in (a,b),!spot',
    { parameter },
  )
}
