import { type FieldError, invalidValue } from './field-error.ts'

export function* nonNegative(value: number | undefined, path: string): Iterable<FieldError> {
  if (value !== undefined && value < 0) yield invalidValue(path, value, 'must be greater than or equal to 0')
}
