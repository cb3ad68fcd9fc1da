import type { ConnectionOptions } from 'node:tls'
import { sha256Hex } from '@rollcall/contracts'
import { UnreachableError } from '../cluster-api.ts'
import type { Clock } from '../ports.ts'
import { loadKubeConfig, type ResolvedSpec } from './kubeconfig.ts'

/** What a connection needs: headers of every request, and the TLS material of the socket. */
export type Credentials = {
  readonly headers: { readonly [name: string]: string | string[] }
  readonly tls: Pick<
    ConnectionOptions,
    'ca' | 'cert' | 'key' | 'pfx' | 'passphrase' | 'rejectUnauthorized' | 'servername'
  >
  readonly proxyUrl: string | null
  /** Equal prints mean that open connections may go on. */
  readonly tlsPrint: string
}

/** Credentials are looked at again after this: an exec plugin's expiry, a token file, a rotated certificate. */
const freshMsMax = 10_000
/** An exec plugin that asks a question nobody answers must not hang the cluster. */
const resolveMsMax = 30_000

/** Resolves one context's credentials with client-node, keeps them for a moment, and never resolves twice at a time. */
export class CredentialSource {
  readonly #spec: ResolvedSpec
  readonly #clock: Clock
  #loaded: ReturnType<typeof loadKubeConfig> | null = null
  #current: { readonly credentials: Credentials; readonly at: number } | null = null
  #pending: Promise<Credentials> | null = null

  constructor(spec: ResolvedSpec, clock: Clock) {
    this.#spec = spec
    this.#clock = clock
  }

  /** The credentials if they need no waiting: the hot path. */
  fresh(): Credentials | null {
    const current = this.#current
    return current !== null && this.#clock.now() - current.at < freshMsMax ? current.credentials : null
  }

  /** @throws UnreachableError when they cannot be had. */
  current(): Promise<Credentials> {
    const fresh = this.fresh()
    if (fresh) return Promise.resolve(fresh)
    this.#pending ??= this.#resolve().finally(() => {
      this.#pending = null
    })
    return this.#pending
  }

  /** The server did not accept them (401): forget what was cached and read the kubeconfig again. */
  renew(): Promise<Credentials> {
    this.#loaded = null
    this.#current = null
    return this.current()
  }

  async #resolve(): Promise<Credentials> {
    const { file, context } = this.#spec
    let timer: NodeJS.Timeout | undefined
    try {
      this.#loaded ??= loadKubeConfig(this.#spec)
      const credentials = await Promise.race([
        credentialsOf(this.#loaded),
        new Promise<never>((_, reject) => {
          timer = setTimeout(() => reject(new Error(`no answer within ${resolveMsMax / 1000} s`)), resolveMsMax)
        }),
      ])
      this.#current = { credentials, at: this.#clock.now() }
      return credentials
    } catch (error) {
      throw new UnreachableError(
        `the credentials of context ${JSON.stringify(context)} of ${file} cannot be resolved: ${(error as Error).message}`,
        { cause: error },
      )
    } finally {
      clearTimeout(timer)
    }
  }
}

type HttpsFields = Credentials['tls'] & { headers?: Record<string, string | string[]>; auth?: string }

async function credentialsOf({ config, impersonation }: ReturnType<typeof loadKubeConfig>): Promise<Credentials> {
  const options: HttpsFields = {}
  // The parameter's type is the whole of https.RequestOptions; what it writes is what HttpsFields names.
  await config.applyToHTTPSOptions(options as Parameters<typeof config.applyToHTTPSOptions>[0])
  const { headers, auth, ca, cert, key, pfx, passphrase, rejectUnauthorized, servername } = options
  const tls = Object.fromEntries(
    Object.entries({ ca, cert, key, pfx, passphrase, rejectUnauthorized, servername }).filter(
      ([, value]) => value !== undefined && value !== null,
    ),
  )
  // Token files end with a line feed, which no header may carry.
  const trimmed = Object.fromEntries(
    Object.entries(headers ?? {}).map(([name, value]) => [name, typeof value === 'string' ? value.trim() : value]),
  )
  const basic = auth === undefined ? {} : { Authorization: `Basic ${Buffer.from(auth).toString('base64')}` }
  return {
    headers: { ...basic, ...trimmed, ...impersonation },
    tls,
    proxyUrl: config.getCurrentCluster()?.proxyUrl ?? null,
    tlsPrint: sha256Hex(JSON.stringify(Object.entries(tls).map(([name, value]) => [name, String(value)]))),
  }
}
