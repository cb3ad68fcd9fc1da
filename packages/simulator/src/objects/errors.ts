import { type FieldError, fieldErrorBody, fieldErrorText } from '../schema/field-error.ts'
import { ApiStatusError, type Json } from './object-store.ts'
import { qualified, type Resource } from './resources.ts'

// The words of `apimachinery/pkg/api/errors`, which clients print and some parse.

type Details = { readonly [key: string]: Json }

function detailsOf(kind: string, group: string, name: string): Details {
  return { ...(name === '' ? {} : { name }), ...(group === '' ? {} : { group }), kind }
}

export function notFound({ resource, group }: Resource, name: string): ApiStatusError {
  const message = `${qualified(resource, group)} ${JSON.stringify(name)} not found`
  return new ApiStatusError(404, 'NotFound', message, detailsOf(resource, group, name))
}

export function alreadyExists({ resource, group }: Resource, name: string): ApiStatusError {
  const message = `${qualified(resource, group)} ${JSON.stringify(name)} already exists`
  return new ApiStatusError(409, 'AlreadyExists', message, detailsOf(resource, group, name))
}

/** A generated name is taken: trying again may succeed. */
export function generatedNameTaken({ resource, group }: Resource, name: string): ApiStatusError {
  const message = `${qualified(resource, group)} ${JSON.stringify(name)} already exists, the server was not able to generate a unique name for the object`
  return new ApiStatusError(409, 'AlreadyExists', message, {
    ...detailsOf(resource, group, name),
    retryAfterSeconds: 1,
  })
}

/** `what` is the resource, or the kind where Kubernetes says the kind (deletion preconditions). */
export function conflict(what: string, group: string, name: string, why: string): ApiStatusError {
  const message = `Operation cannot be fulfilled on ${qualified(what, group)} ${JSON.stringify(name)}: ${why}`
  return new ApiStatusError(409, 'Conflict', message, detailsOf(what, group, name))
}

export const staleWrite = 'the object has been modified; please apply your changes to the latest version and try again'

export function forbidden(
  { resource, group }: Resource,
  name: string,
  why: string,
  causes: readonly Json[] = [],
): ApiStatusError {
  const subject = name === '' ? qualified(resource, group) : `${qualified(resource, group)} ${JSON.stringify(name)}`
  return new ApiStatusError(403, 'Forbidden', `${subject} is forbidden: ${why}`, {
    ...detailsOf(resource, group, name),
    ...(causes.length === 0 ? {} : { causes }),
  })
}

export function badRequest(message: string): ApiStatusError {
  return new ApiStatusError(400, 'BadRequest', message)
}

/** What kube-apiserver has no status for, and answers as an error of its own. */
export function unknownError(message: string): ApiStatusError {
  return new ApiStatusError(500, '', message)
}

export function expired(message: string): ApiStatusError {
  return new ApiStatusError(410, 'Expired', message)
}

/** A resourceVersion from the future: of another cluster, or of one that was restored. */
export function tooLarge(wanted: string, current: string): ApiStatusError {
  const message = `Timeout: Too large resource version: ${wanted}, current: ${current}`
  const causes = [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }]
  return new ApiStatusError(504, 'Timeout', message, { causes, retryAfterSeconds: 1 })
}

export function invalid(kind: string, group: string, name: string, errors: readonly FieldError[]): ApiStatusError {
  const texts = [...new Set(errors.map(fieldErrorText))]
  const why = texts.length === 1 ? texts[0] : `[${texts.join(', ')}]`
  return new ApiStatusError(422, 'Invalid', `${qualified(kind, group)} ${JSON.stringify(name)} is invalid: ${why}`, {
    ...detailsOf(kind, group, name),
    causes: errors.map(error => ({ reason: error.type, message: fieldErrorBody(error), field: error.field })),
  })
}
