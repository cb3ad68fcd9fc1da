/** One thing wrong with one field (`apimachinery/pkg/util/validation/field`). */
export type FieldError = {
  readonly type:
    | 'FieldValueRequired'
    | 'FieldValueInvalid'
    | 'FieldValueForbidden'
    | 'FieldValueNotSupported'
    | 'FieldValueDuplicate'
    | 'FieldValueNotFound'
    | 'FieldValueTooLong'
  readonly field: string
  readonly detail: string
  readonly badValue?: unknown
}

export const invalidValue = (field: string, badValue: unknown, detail: string): FieldError => ({
  type: 'FieldValueInvalid',
  field,
  badValue,
  detail,
})

export const required = (field: string, detail = ''): FieldError => ({ type: 'FieldValueRequired', field, detail })

export const forbiddenField = (field: string, detail: string): FieldError => ({
  type: 'FieldValueForbidden',
  field,
  detail,
})

export const duplicate = (field: string, badValue: unknown): FieldError => ({
  type: 'FieldValueDuplicate',
  field,
  badValue,
  detail: '',
})

export const notFound = (field: string, badValue: unknown): FieldError => ({
  type: 'FieldValueNotFound',
  field,
  badValue,
  detail: '',
})

export const notSupported = (field: string, badValue: unknown, supported: readonly string[]): FieldError => ({
  type: 'FieldValueNotSupported',
  field,
  badValue,
  detail: supported.length === 0 ? '' : `supported values: ${supported.map(value => JSON.stringify(value)).join(', ')}`,
})

export const tooLong = (field: string, max: number): FieldError => ({
  type: 'FieldValueTooLong',
  field,
  detail: `may not be more than ${max} bytes`,
})

const words: { readonly [type in FieldError['type']]: string } = {
  FieldValueRequired: 'Required value',
  FieldValueInvalid: 'Invalid value',
  FieldValueForbidden: 'Forbidden',
  FieldValueNotSupported: 'Unsupported value',
  FieldValueDuplicate: 'Duplicate value',
  FieldValueNotFound: 'Not found',
  FieldValueTooLong: 'Too long',
}

function printed(value: unknown): string {
  return value === undefined || value === null ? 'null' : JSON.stringify(value)
}

/** What is wrong, without the field: `Invalid value: -1: must be greater than or equal to 0`. */
export function fieldErrorBody({ type, detail, badValue }: FieldError): string {
  const isBare = type === 'FieldValueRequired' || type === 'FieldValueForbidden' || type === 'FieldValueTooLong'
  const shown = isBare ? words[type] : `${words[type]}: ${printed(badValue)}`
  return detail === '' ? shown : `${shown}: ${detail}`
}

export function fieldErrorText(error: FieldError): string {
  return `${error.field}: ${fieldErrorBody(error)}`
}
