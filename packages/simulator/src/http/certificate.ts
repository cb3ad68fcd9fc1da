// @peculiar/x509 needs it, and does not say so.
import 'reflect-metadata'
import { webcrypto } from 'node:crypto'
import * as x509 from '@peculiar/x509'

/** A server's certificate that is its own authority, and its key, as PEM. */
export type Certificate = { readonly cert: string; readonly key: string }

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
const lifeMs = 10 * 365 * 24 * 3600 * 1000

/**
 * kubectl sends no token over plain HTTP, so even a simulated API server needs TLS.
 * @param addresses names and IPs under which clients will call
 */
export async function selfSignedCertificate(addresses: readonly string[], nowMs: number): Promise<Certificate> {
  x509.cryptoProvider.set(webcrypto as typeof crypto)
  const keys = (await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])) as webcrypto.CryptoKeyPair
  const cert = await x509.X509CertificateGenerator.createSelfSigned({
    name: 'CN=rollcall simulator',
    keys,
    signingAlgorithm: algorithm,
    // Yesterday: clocks differ.
    notBefore: new Date(nowMs - 24 * 3600 * 1000),
    notAfter: new Date(nowMs + lifeMs),
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.SubjectAlternativeNameExtension(
        addresses.map(value => ({ type: /^[\d.]+$|:/.test(value) ? 'ip' : 'dns', value })),
      ),
    ],
  })
  const key = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64')
  const lines = key.match(/.{1,64}/g)?.join('\n') ?? ''
  return { cert: cert.toString('pem'), key: `-----BEGIN PRIVATE KEY-----\n${lines}\n-----END PRIVATE KEY-----\n` }
}
