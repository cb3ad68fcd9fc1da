import { UnreachableError } from '../cluster-api.ts'

/** What went wrong on the way to the API server, as a sentence that says what to look at. */
const causes: { readonly [code: string]: string } = {
  ECONNREFUSED: 'nothing listens there. Is the API server running, and is the address right?',
  ENOTFOUND: 'the host name is not known. Check `server` in the kubeconfig, and DNS',
  EAI_AGAIN: 'the host name could not be looked up just now. Check DNS',
  EHOSTUNREACH: 'there is no route to the host',
  ENETUNREACH: 'there is no route to the network',
  ECONNRESET: 'the connection was cut',
  EPIPE: 'the connection was cut',
  UND_ERR_SOCKET: 'the connection was cut',
  ETIMEDOUT: 'the connection timed out',
  UND_ERR_CONNECT_TIMEOUT: 'no connection within the time allowed',
  UND_ERR_HEADERS_TIMEOUT: 'no answer within the time allowed',
  UND_ERR_BODY_TIMEOUT: 'the answer fell silent half-way',
  UND_ERR_DESTROYED: 'the connection was closed by us',
  UND_ERR_CLOSED: 'the connection was closed by us',
  DEPTH_ZERO_SELF_SIGNED_CERT: untrusted('it is self-signed'),
  SELF_SIGNED_CERT_IN_CHAIN: untrusted('its authority is not the one the kubeconfig names'),
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: untrusted('its authority is unknown'),
  UNABLE_TO_GET_ISSUER_CERT: untrusted('its authority is unknown'),
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: untrusted('its authority is unknown'),
  CERT_SIGNATURE_FAILURE: untrusted('it was signed by another authority of the same name'),
  CERT_HAS_EXPIRED: untrusted('it has expired'),
  CERT_NOT_YET_VALID: untrusted('it is not valid yet. Check the clocks'),
  ERR_TLS_CERT_ALTNAME_INVALID: untrusted('it was made for other host names. Set `tls-server-name` in the kubeconfig'),
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: 'the server wants a client certificate, and the kubeconfig has none',
  ERR_SSL_WRONG_VERSION_NUMBER: 'what answers there does not speak TLS. Is `server` meant to be http://?',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'what answers there does not speak TLS. Is `server` meant to be http://?',
  EPROTO: 'what answers there does not speak TLS as we do',
}

function untrusted(why: string): string {
  return `its certificate is not trusted: ${why} (\`certificate-authority-data\` in the kubeconfig)`
}

/** Makes any failure of an exchange an `UnreachableError` with a plain cause. */
export function unreachable(server: URL, error: unknown): UnreachableError {
  if (error instanceof UnreachableError) return error
  const root = rootOf(error)
  const code = (root as NodeJS.ErrnoException).code
  const said = code === undefined ? undefined : causes[code]
  const detail = said === undefined ? root.message : `${said} (${code})`
  return new UnreachableError(`the API server at ${server.host} cannot be reached: ${detail}`, { cause: error })
}

/** Node tries several addresses and wraps their errors; the first one tells. */
function rootOf(error: unknown): Error {
  if (error instanceof AggregateError && error.errors.length > 0) return rootOf(error.errors[0])
  if (error instanceof Error) {
    const known = (error as NodeJS.ErrnoException).code
    if (error.cause instanceof Error && (known === undefined || causes[known] === undefined)) return rootOf(error.cause)
    return error
  }
  return new Error(String(error))
}
