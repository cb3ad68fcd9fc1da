import { ApiStatusError } from '../objects/object-store.ts'
import { qualifiedName } from './resources.ts'

/** The body that an error is answered with. */
export function statusOf(error: ApiStatusError): { readonly [field: string]: unknown } {
  const details = Object.keys(error.details).length > 0 || isGeneric(error) ? { details: error.details } : {}
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: error.message,
    ...(error.reason === '' ? {} : { reason: error.reason }),
    ...details,
    code: error.code,
  }
}

/** What kube-apiserver says where it has no words of its own (`NewGenericServerResponse`): its details are never absent. */
function isGeneric({ message }: ApiStatusError): boolean {
  return /^(the server (could not find|does not allow|rejected our request due)|4\d\d: )/.test(message)
}

// The errors that belong to HTTP and not to the store, in kube-apiserver's words
// (k8s.io/apimachinery/pkg/api/errors/errors.go, k8s.io/apiserver/pkg/endpoints).

type Named = { readonly group: string; readonly plural: string }

export function badRequest(message: string): ApiStatusError {
  return new ApiStatusError(400, 'BadRequest', message)
}

export function unauthorized(): ApiStatusError {
  return new ApiStatusError(401, 'Unauthorized', 'Unauthorized')
}

export function notFound(resource: Named, name: string): ApiStatusError {
  return new ApiStatusError(404, 'NotFound', `${qualifiedName(resource)} "${name}" not found`, {
    name,
    ...(resource.group === '' ? {} : { group: resource.group }),
    kind: resource.plural,
  })
}

/** Of a path that names nothing. */
export function noSuchResource(): ApiStatusError {
  return new ApiStatusError(404, 'NotFound', 'the server could not find the requested resource')
}

export function notAllowed(): ApiStatusError {
  const message = 'the server does not allow this method on the requested resource'
  return new ApiStatusError(405, 'MethodNotAllowed', message)
}

/** Of what only a container that really runs could answer. */
export function noContainers(subresource: string): ApiStatusError {
  const what = subresource === 'log' ? 'have no logs' : `cannot do ${JSON.stringify(subresource)}`
  return new ApiStatusError(501, 'NotImplemented', `simulated pods ${what}: no container runs behind them`)
}

export function tooLarge(bytesMax: number): ApiStatusError {
  return new ApiStatusError(413, 'RequestEntityTooLarge', `Request entity too large: limit is ${bytesMax}`)
}

/** Of a body that is created or replaced. */
export function unknownFormat(): ApiStatusError {
  const message =
    'the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, application/vnd.kubernetes.protobuf'
  return new ApiStatusError(415, 'UnsupportedMediaType', message)
}

/** Of a patch. */
export function unknownPatch(why = '415: Unsupported Media Type'): ApiStatusError {
  return new ApiStatusError(415, 'UnsupportedMediaType', why)
}

export function notAcceptable(): ApiStatusError {
  return new ApiStatusError(406, 'NotAcceptable', '406: Not Acceptable\n\nAvailable representations: application/json')
}

export function expired(message: string): ApiStatusError {
  return new ApiStatusError(410, 'Expired', message)
}

/** Options that contradict each other. `kind` is their type, for example ListOptions. */
export function invalidOptions(kind: string, field: string, reason: string, message: string): ApiStatusError {
  return new ApiStatusError(422, 'Invalid', `${kind}.meta.k8s.io "" is invalid: ${field}: ${message}`, {
    group: 'meta.k8s.io',
    kind,
    causes: [{ reason, message, field }],
  })
}
