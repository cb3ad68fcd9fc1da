import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** Users with a token, known to the API server from its start. Who they are says what RBAC lets them do. */
const prepared = {
  /** May do everything. */
  admin: ['system:masters'],
  /** May read everything (its role is made at start), and change nothing. */
  reader: ['infra:readers'],
  /** May do nothing but ask who it is. */
  nobody: [],
  /** The parts themselves. The controller manager is every controller in one, so it may do what all of them may. */
  'system:kube-controller-manager': ['system:masters'],
  'system:kube-scheduler': [],
  kwok: ['system:masters'],
} as const satisfies Readonly<Record<string, readonly string[]>>

export type PreparedUser = keyof typeof prepared

export type Users = {
  /** For `--token-auth-file`. */
  readonly tokenFile: string
  /** The folder with the authority and the certificates, see control-plane/certificates.go. */
  readonly certificates: string
  readonly adminToken: string
  /** Writes the kubeconfig of a user: with a token when prepared, else with a certificate. @returns its path */
  kubeconfig(server: string, user: string, groups?: readonly string[]): Promise<string>
}

/** Makes, or finds again, the authority, the tokens and the folder for kubeconfigs. */
export async function prepareUsers(dir: string, binary: string, clusterName: string): Promise<Users> {
  const certificates = join(dir, 'pki')
  if (!existsSync(join(certificates, 'service-account.key'))) {
    mkdirSync(certificates, { recursive: true, mode: 0o700 })
    await promisify(execFile)(binary, ['certificates', '--dir', certificates])
  }
  const tokenFile = join(dir, 'tokens.csv')
  if (!existsSync(tokenFile)) writeFileSync(tokenFile, tokenLines(), { mode: 0o600 })
  const tokens = readTokens(tokenFile)

  return {
    tokenFile,
    certificates,
    adminToken: tokens.get('admin') ?? '',
    async kubeconfig(server, user, groups) {
      const token = groups === undefined ? tokens.get(user) : undefined
      const credentials =
        token !== undefined ? `token: ${token}` : await certificateOf(binary, certificates, user, groups ?? [])
      const file = join(dir, 'kubeconfigs', fileNameOf(user, groups))
      mkdirSync(join(dir, 'kubeconfigs'), { recursive: true })
      const authority = readFileSync(join(certificates, 'ca.crt'), 'base64')
      writeFileSync(file, kubeconfigText({ clusterName, server, authority, user, credentials }), { mode: 0o600 })
      return file
    },
  }
}

function tokenLines(): string {
  return Object.entries(prepared)
    .map(([user, groups]) => `${randomBytes(24).toString('base64url')},${user},${user},"${groups.join(',')}"\n`)
    .join('')
}

export function readTokens(file: string): ReadonlyMap<string, string> {
  const lines = readFileSync(file, 'utf8').trim().split('\n')
  return new Map(lines.map(line => line.split(',')).map(([token = '', user = '']) => [user, token]))
}

async function certificateOf(
  binary: string,
  certificates: string,
  user: string,
  groups: readonly string[],
): Promise<string> {
  const args = [
    'client-certificate',
    '--dir',
    certificates,
    '--user',
    user,
    ...groups.flatMap(group => ['--group', group]),
  ]
  const { stdout } = await promisify(execFile)(binary, args)
  const keyAt = stdout.indexOf('-----BEGIN EC PRIVATE KEY')
  const base64 = (text: string): string => Buffer.from(text).toString('base64')
  return `client-certificate-data: ${base64(stdout.slice(0, keyAt))}\n      client-key-data: ${base64(stdout.slice(keyAt))}`
}

function fileNameOf(user: string, groups: readonly string[] | undefined): string {
  const name = groups === undefined ? user : [user, ...groups].join('+')
  return `${name.replace(/[^A-Za-z0-9+._-]/g, '_')}.kubeconfig`
}

function kubeconfigText(values: {
  readonly clusterName: string
  readonly server: string
  readonly authority: string
  readonly user: string
  readonly credentials: string
}): string {
  const [cluster, user] = [JSON.stringify(values.clusterName), JSON.stringify(values.user)]
  return `apiVersion: v1
kind: Config
current-context: ${cluster}
contexts:
  - name: ${cluster}
    context:
      cluster: ${cluster}
      user: ${user}
clusters:
  - name: ${cluster}
    cluster:
      server: ${values.server}
      certificate-authority-data: ${values.authority}
users:
  - name: ${user}
    user:
      ${values.credentials}
`
}
