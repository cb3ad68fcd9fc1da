import { ApiStatusError } from '../../objects/object-store.ts'
import { badRequest, invalidOptions } from '../status.ts'

/** A whole number of the query; null when absent. @throws ApiStatusError 400 */
export function wholeNumber(query: URLSearchParams, name: string): number | null {
  const text = query.get(name)
  if (text === null) return null
  const fail = (why: string) => badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: ${why}`)
  if (!/^[+-]?\d+$/.test(text)) throw fail('invalid syntax')
  const value = BigInt(text.replace('+', ''))
  if (BigInt.asIntN(64, value) !== value) throw fail('value out of range')
  return Number(value)
}

/** A flag of the query; null when absent. Kubernetes takes anything but `false` and `0` for true. */
export function flag(query: URLSearchParams, name: string): boolean | null {
  const text = query.get(name)
  if (text === null) return null
  return !(text.toLowerCase() === 'false' || text === '0')
}

/** Whether nothing may be stored. `kind` is the options' type, for example CreateOptions. */
export function dryRunOf(values: readonly string[], kind: string): boolean {
  const unknown = values.filter(value => value !== 'All')
  if (unknown.length > 0) {
    throw notSupported(kind, 'dryRun', JSON.stringify(values), ['All'])
  }
  return values.length > 0
}

export type FieldValidation = 'Ignore' | 'Warn' | 'Strict'

export function fieldValidationOf(query: URLSearchParams, kind: string): FieldValidation {
  const value = query.get('fieldValidation') ?? ''
  switch (value) {
    case '':
      return 'Warn'
    case 'Ignore':
    case 'Warn':
    case 'Strict':
      return value
    default:
      throw notSupported(kind, 'fieldValidation', JSON.stringify(value), ['', 'Ignore', 'Strict', 'Warn'])
  }
}

/** The name under which a write is recorded: as asked, else the program's. */
export function managerOf(query: URLSearchParams, userAgent: string): string {
  return query.get('fieldManager') || userAgent.split('/')[0] || 'unknown'
}

/** @throws ApiStatusError 400 of numbers that are none: kube-apiserver reads all options before it judges any */
function checkNumbers(query: URLSearchParams): void {
  wholeNumber(query, 'timeoutSeconds')
  wholeNumber(query, 'limit')
}

/** @throws ApiStatusError 400, 422 of options of a list that do not go together (`apimachinery`, ValidateListOptions) */
export function checkListOptions(query: URLSearchParams): void {
  checkNumbers(query)
  const match = query.get('resourceVersionMatch') ?? ''
  const version = query.get('resourceVersion') ?? ''
  if (match !== '') {
    const field = 'resourceVersionMatch'
    if (version === '') throw forbidden(field, 'resourceVersionMatch is forbidden unless resourceVersion is provided')
    if (query.get('continue')) throw forbidden(field, 'resourceVersionMatch is forbidden when continue is provided')
    if (match !== 'Exact' && match !== 'NotOlderThan') {
      throw notSupported('ListOptions', field, JSON.stringify(match), ['Exact', 'NotOlderThan', ''])
    }
    if (match === 'Exact' && version === '0') {
      throw forbidden(field, 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"')
    }
  }
  if (query.has('sendInitialEvents')) {
    throw forbidden('sendInitialEvents', 'sendInitialEvents is forbidden for list')
  }
}

/** @throws ApiStatusError 400, 422 of options of a watch that do not go together (validateWatchOptions) */
export function checkWatchOptions(query: URLSearchParams): void {
  checkNumbers(query)
  const field = 'resourceVersionMatch'
  const match = query.get(field) ?? ''
  const sends = query.has('sendInitialEvents')
  if (sends && match !== 'NotOlderThan') {
    throw forbidden(field, 'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan')
  }
  if (match === '') return
  if (!sends) throw forbidden(field, 'resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided')
  if (query.get('continue')) throw forbidden(field, 'resourceVersionMatch is forbidden when continue is provided')
}

/** The resourceVersion of a list, as a number; null when absent. @throws ApiStatusError 400 */
export function versionOf(query: URLSearchParams): number | null {
  return parsedVersion(query, why => badRequest(`invalid resource version: ${why}`))
}

/** The resourceVersion of a watch. @throws ApiStatusError 500, as kube-apiserver does for no good reason */
export function watchVersionOf(query: URLSearchParams): number | null {
  return parsedVersion(query, why => new ApiStatusError(500, '', why))
}

function parsedVersion(query: URLSearchParams, fail: (why: string) => ApiStatusError): number | null {
  const text = query.get('resourceVersion') ?? ''
  if (text === '') return null
  if (/^\d+$/.test(text)) return Number(text)
  const value = JSON.stringify(text)
  throw fail(`resourceVersion: Invalid value: ${value}: strconv.ParseUint: parsing ${value}: invalid syntax`)
}

export function forbidden(field: string, why: string, kind = 'ListOptions') {
  return invalidOptions(kind, field, 'FieldValueForbidden', `Forbidden: ${why}`)
}

export function notSupported(kind: string, field: string, value: string, supported: readonly string[]) {
  const list = supported.map(each => JSON.stringify(each)).join(', ')
  const message = `Unsupported value: ${value}: supported values: ${list}`
  return invalidOptions(kind, field, 'FieldValueNotSupported', message)
}
