import { badRequest } from '../status.ts'

type Labels = { readonly [key: string]: string }

/** One condition on labels; all of a selector must hold. */
export type Requirement = {
  readonly key: string
  readonly operator: 'exists' | '!' | 'in' | 'notin' | '=' | '==' | '!=' | 'gt' | 'lt'
  readonly values: readonly string[]
}

type Token = { readonly kind: 'identifier' | 'symbol' | 'end'; readonly text: string }

const operators = ['=', '!=', '==', 'in', 'notin', '>', '<'] as const

/** In the words of `apimachinery/pkg/labels/selector.go`. */
class ParseError extends Error {}

/**
 * A `labelSelector` of a query: `a=b,c in (d,e),!f`.
 * @throws ApiStatusError 400
 */
export function parseLabelSelector(text: string): readonly Requirement[] {
  try {
    return new Parser(tokensOf(text)).requirements()
  } catch (error) {
    if (error instanceof ParseError) throw badRequest(error.message)
    throw error
  }
}

export function matchesLabels(requirements: readonly Requirement[], labels: Labels): boolean {
  return requirements.every(requirement => holds(requirement, labels))
}

function holds({ key, operator, values }: Requirement, labels: Labels): boolean {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined
  switch (operator) {
    case 'exists':
      return value !== undefined
    case '!':
      return value === undefined
    case 'in':
    case '=':
    case '==':
      return value !== undefined && values.includes(value)
    case 'notin':
    case '!=':
      return value === undefined || !values.includes(value)
    case 'gt':
    case 'lt':
      return value !== undefined && /^[+-]?\d+$/.test(value) && compares(operator, value, values[0] ?? '')
  }
}

function compares(operator: 'gt' | 'lt', value: string, bound: string): boolean {
  return operator === 'gt' ? BigInt(value) > BigInt(bound) : BigInt(value) < BigInt(bound)
}

function tokensOf(text: string): readonly Token[] {
  const tokens: Token[] = []
  for (const [token] of text.matchAll(/==|!=|[=!(),<>]|[^=!(),<>\s]+/g)) {
    tokens.push({ kind: /^[=!(),<>]/.test(token) ? 'symbol' : 'identifier', text: token })
  }
  return [...tokens, { kind: 'end', text: '' }]
}

class Parser {
  readonly #tokens: readonly Token[]
  #position = 0

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens
  }

  requirements(): readonly Requirement[] {
    const found: Requirement[] = []
    for (;;) {
      const first = this.#peek()
      if (first.kind === 'end') return found
      if (first.kind !== 'identifier' && first.text !== '!') {
        throw new ParseError(`found '${first.text}', expected: !, identifier, or 'end of string'`)
      }
      found.push(this.#prefixed(() => this.#requirement()))
      const after = this.#take()
      if (after.kind === 'end') return found
      if (after.text !== ',') throw new ParseError(`found '${after.text}', expected: ',' or 'end of string'`)
      const next = this.#peek()
      if (next.kind !== 'identifier' && next.text !== '!') {
        throw new ParseError(`found '${next.text}', expected: identifier after ','`)
      }
    }
  }

  #prefixed(parse: () => Requirement): Requirement {
    try {
      return parse()
    } catch (error) {
      if (error instanceof ParseError) throw new ParseError(`unable to parse requirement: ${error.message}`)
      throw error
    }
  }

  #requirement(): Requirement {
    let token = this.#take()
    const isNot = token.text === '!'
    if (isNot) token = this.#take()
    if (token.kind !== 'identifier') throw new ParseError(`found '${token.text}', expected: identifier`)
    const key = token.text
    checkKey(key)
    const next = this.#peek()
    if (next.kind === 'end' || next.text === ',') return { key, operator: isNot ? '!' : 'exists', values: [] }
    const operator = this.#operator()
    const values = operator === 'in' || operator === 'notin' ? this.#values() : [this.#value()]
    if (operator === 'gt' || operator === 'lt') checkInteger(values[0] ?? '')
    for (const [index, value] of values.entries()) checkValue(key, value, index)
    return { key, operator, values }
  }

  #operator(): Exclude<Requirement['operator'], 'exists' | '!'> {
    const { text } = this.#take()
    switch (text) {
      case '>':
        return 'gt'
      case '<':
        return 'lt'
      case '=':
      case '==':
      case '!=':
      case 'in':
      case 'notin':
        return text
      default:
        throw new ParseError(`found '${text}', expected: ${operators.join(', ')}`)
    }
  }

  #values(): readonly string[] {
    const open = this.#take()
    if (open.text !== '(') throw new ParseError(`found '${open.text}' expected: '('`)
    const values = new Set<string>()
    let isAfterComma = true
    for (;;) {
      const token = this.#take()
      if (token.text === ')' || token.text === ',') {
        if (isAfterComma) values.add('')
        if (token.text === ')') return [...values].sort()
        isAfterComma = true
      } else if (token.kind === 'identifier' && isAfterComma) {
        values.add(token.text)
        isAfterComma = false
      } else {
        throw new ParseError(`found '${token.text}', expected: ${isAfterComma ? "',', or identifier" : "',' or ')'"}`)
      }
    }
  }

  #value(): string {
    const next = this.#peek()
    if (next.kind === 'end' || next.text === ',') return ''
    const { kind, text } = this.#take()
    if (kind !== 'identifier') throw new ParseError(`found '${text}', expected: identifier`)
    return text
  }

  #peek(): Token {
    return this.#tokens[this.#position] ?? { kind: 'end', text: '' }
  }

  #take(): Token {
    const token = this.#peek()
    this.#position += 1
    return token
  }
}

const namePattern = /^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/
const valueWords =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
const nameWords =
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"

function checkKey(key: string): void {
  const name = key.slice(key.indexOf('/') + 1)
  if (namePattern.test(name) && name.length <= 63 && key.split('/').length <= 2) return
  throw new ParseError(`<nil>: Invalid value: ${JSON.stringify(key)}: ${nameWords}`)
}

function checkValue(key: string, value: string, index: number): void {
  if (value === '' || (namePattern.test(value) && value.length <= 63)) return
  const why = value.length > 63 ? 'must be no more than 63 bytes' : valueWords
  throw new ParseError(`values[${index}][${key}]: Invalid value: ${JSON.stringify(value)}: ${why}`)
}

function checkInteger(value: string): void {
  if (/^[+-]?\d+$/.test(value)) return
  throw new ParseError(
    `values[0]: Invalid value: ${JSON.stringify(value)}: for 'Gt', 'Lt' operators, the value must be an integer`,
  )
}
